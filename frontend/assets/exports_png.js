/* What a PNG says of itself: `atlas.pngSaying(blob, {Title, Description, Source})` -> the same picture with text chunks.

   International text (iTXt, PNG specification 11.3.3.4), as `identify -verbose` or Pillow's `image.text` read it. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const HEAD = 8 + 25; // signature and IHDR; what is said stands right after them
  const utf8 = new TextEncoder();

  const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });

  function checksum(bytes) {
    let sum = 0xffffffff;
    for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
    return ~sum >>> 0;
  }

  /* Length, then type and data, then the checksum of these two. */
  function chunk(keyword, text) {
    const said = utf8.encode(`iTXt${keyword}\0\0\0\0\0${text}`);
    const found = new Uint8Array(said.length + 8);
    const view = new DataView(found.buffer);
    view.setUint32(0, said.length - 4);
    found.set(said, 4);
    view.setUint32(said.length + 4, checksum(said));
    return found;
  }

  async function pngSaying(blob, facts) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const said = Object.entries(facts).filter(([, text]) => text).map(([keyword, text]) => chunk(keyword, text));
    return new Blob([bytes.subarray(0, HEAD), ...said, bytes.subarray(HEAD)], { type: "image/png" });
  }

  atlas.pngSaying = pngSaying;
})(window.atlas);
