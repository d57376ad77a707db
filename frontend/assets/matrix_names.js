/* What a row, a column and a number are called. Knows nothing about canvases or requests. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const AXIS = {
    residual: "residual dimension",
    head: "head channel",
    neuron: "neuron",
    vocabulary: "token id",
    position: "position",
  };
  const whole = new Intl.NumberFormat("en");

  /* Value in few characters: 0.0123, 4.5e-6, 1,204. */
  function number(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (value === 0) return "0";
    if (Number.isInteger(value) && Math.abs(value) < 1e7) return whole.format(value);
    const size = Math.abs(value);
    if (size >= 1e-3 && size < 1e4) return String(Number(value.toPrecision(3)));
    return value.toExponential(1).replace("e+", "e");
  }

  /* A share of the region as people read it. */
  function measure(value, spec) {
    return spec.unit === "share" ? number(value * 100) + " %" : number(value);
  }

  /* `axis` = {side, size, n_heads, name, groups}: the name of what it counts. */
  function axisName(axis) {
    return axis.name || AXIS[axis.side] || "channel";
  }

  function group(axis, index) {
    return (axis.groups || []).find((item) => index >= item.start && index < item.stop);
  }

  /* One index, named by what it is: `head 2 channel 17`, `residual dimension 311`. */
  function one(axis, index) {
    const found = group(axis, index);
    if (found) return found.label + " " + (index - found.start);
    if (axis.side === "head" && axis.n_heads > 1) {
      const size = axis.size / axis.n_heads;
      return "head " + Math.floor(index / size) + " channel " + (index % size);
    }
    return axisName(axis) + " " + index;
  }

  /* Indices start to stop - 1: `head 1 channels 112 to 115`, `Arabic 3 to 5`; across heads or groups both ends whole. */
  function range(axis, start, stop) {
    if (stop - start === 1) return one(axis, start);
    const isHeads = !axis.groups && axis.side === "head" && axis.n_heads > 1;
    if (!axis.groups && !isHeads) return axisName(axis) + "s " + start + " to " + (stop - 1);
    const [first, last] = [one(axis, start), one(axis, stop - 1)];
    const [, stem, end] = last.match(/^(.*) (\d+)$/);
    if (!first.startsWith(stem + " ")) return first + " to " + last;
    return (isHeads ? first.replace("channel", "channels") : first) + " to " + end;
  }

  /* Short label of a tick: the bare number, within its head or group where there is one. */
  function tick(axis, index) {
    const found = group(axis, index);
    if (found) return String(index - found.start);
    if (axis.side === "head" && axis.n_heads > 1) return String(index % (axis.size / axis.n_heads));
    return whole.format(index);
  }

  /* Heads and groups as bands along an axis. */
  function bands(axis) {
    if (axis.groups) return axis.groups;
    if (axis.side !== "head" || !(axis.n_heads > 1)) return [];
    const size = axis.size / axis.n_heads;
    return Array.from({ length: axis.n_heads }, (_, head) => ({
      start: head * size,
      stop: (head + 1) * size,
      label: "head " + head,
    }));
  }

  atlas.names = { number, measure, axis: axisName, one, range, tick, bands };
})(window.atlas);
