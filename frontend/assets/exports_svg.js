/* A canvas context that writes SVG: the few calls that the maps paint with, text as text, pictures as pictures.

   const context = atlas.recorder(width, height, ground); ...paint...; context.text({title, description}) -> SVG
   Knows nothing about maps. A library would do more (svgcanvas: 60 kB) and smooth the cells of a heatmap. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const ANCHORS = { center: "middle", right: "end", end: "end" };
  const BASELINES = { middle: "central", top: "hanging", bottom: "text-after-edge" };
  const ESCAPED = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const START = {
    fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, font: "10px sans-serif", textAlign: "start", textBaseline: "alphabetic",
  };

  const escaped = (text) => String(text).replace(/[&<>"]/g, (letter) => ESCAPED[letter]);
  const round = (number) => Math.round(number * 100) / 100;

  class Recorder {
    constructor(width, height, ground) {
      Object.assign(this, START, { width, height, parts: [], stack: [], path: "", transform: "", groups: 0, nClips: 0 });
      this.probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      this.colours = new Map();
      this.prefix = "clip" + Math.random().toString(36).slice(2, 8); // several pictures may stand in one document
      this.fillStyle = ground;
      this.fillRect(0, 0, width, height);
    }

    save() {
      const state = Object.fromEntries(Object.keys(START).map((name) => [name, this[name]]));
      this.stack.push({ ...state, transform: this.transform, groups: this.groups });
      this.groups = 0;
    }

    restore() {
      this.parts.push("</g>".repeat(this.groups));
      Object.assign(this, this.stack.pop());
    }

    setTransform() {} // the density of a screen is nothing to a vector
    clearRect() {} // nothing lies below
    translate(x, y) { this.transform += `translate(${round(x)} ${round(y)})`; }
    rotate(radians) { this.transform += `rotate(${round((radians * 180) / Math.PI)})`; }

    beginPath() { this.path = ""; }
    moveTo(x, y) { this.path += `M${round(x)} ${round(y)}`; }
    lineTo(x, y) { this.path += `L${round(x)} ${round(y)}`; }
    rect(x, y, w, h) { this.path += `M${round(x)} ${round(y)}h${round(w)}v${round(h)}h${round(-w)}z`; }
    stroke() { this.add(`path d="${this.path}" fill="none" ${this.line()}`); }

    clip() {
      const id = this.prefix + this.nClips++;
      this.parts.push(`<clipPath id="${id}"><path d="${this.path}"${this.moved()}/></clipPath><g clip-path="url(#${id})">`);
      this.groups++;
    }

    fillRect(x, y, w, h) {
      if (w && h) this.add(`rect ${this.box(x, y, w, h)} ${this.paint("fill", this.fillStyle)}`);
    }

    strokeRect(x, y, w, h) { this.add(`rect ${this.box(x, y, w, h)} fill="none" ${this.line()}`); }

    fillText(text, x, y) {
      const anchor = ANCHORS[this.textAlign] ? ` text-anchor="${ANCHORS[this.textAlign]}"` : "";
      const baseline = BASELINES[this.textBaseline] ? ` dominant-baseline="${BASELINES[this.textBaseline]}"` : "";
      const look = `style="font:${escaped(this.font)}" ${this.paint("fill", this.fillStyle)}${anchor}${baseline}`;
      this.parts.push(`<text x="${round(x)}" y="${round(y)}" ${look}${this.moved()}>${escaped(text)}</text>`);
    }

    measureText(text) {
      this.probe.font = this.font;
      return this.probe.measureText(text);
    }

    drawImage(canvas, x, y, w, h) {
      this.add(`image ${this.box(x, y, w, h)} preserveAspectRatio="none" style="image-rendering:pixelated" href="${canvas.toDataURL()}"`);
    }

    add(element) { this.parts.push(`<${element}${this.moved()}/>`); }
    moved() { return this.transform ? ` transform="${this.transform}"` : ""; }
    line() { return `${this.paint("stroke", this.strokeStyle)} stroke-width="${this.lineWidth}"`; }

    box(x, y, w, h) {
      const [left, top] = [Math.min(x, x + w), Math.min(y, y + h)];
      return `x="${round(left)}" y="${round(top)}" width="${round(Math.abs(w))}" height="${round(Math.abs(h))}"`;
    }

    /* Whatever CSS calls a colour, as every SVG program reads it. */
    paint(name, colour) {
      if (!this.colours.has(colour)) {
        this.probe.clearRect(0, 0, 1, 1);
        this.probe.fillStyle = colour;
        this.probe.fillRect(0, 0, 1, 1);
        this.colours.set(colour, this.probe.getImageData(0, 0, 1, 1).data);
      }
      const [r, g, b, alpha] = this.colours.get(colour);
      return `${name}="rgb(${r},${g},${b})"` + (alpha < 255 ? ` ${name}-opacity="${round(alpha / 255)}"` : "");
    }

    text({ title, description }) {
      const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
      const told = `<title>${escaped(title)}</title><desc>${escaped(description)} ${escaped(location.href)}</desc>`;
      return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">${told}${this.parts.join("")}</svg>`;
    }
  }

  atlas.recorder = (width, height, ground) => new Recorder(width, height, ground);
})(window.atlas);
