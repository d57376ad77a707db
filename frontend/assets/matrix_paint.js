/* Paints a matrix, its axes and its marginals on one canvas. Knows nothing about requests or events. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const GUTTER = { left: 62, top: 58, right: 66, bottom: 40, bare: 14 };
  const TEXT_WIDTH = 46;
  const TEXT_HEIGHT = 17;

  /* Where the plot lies in a `width` x `height` element; profiles need room above and to the right. */
  function frame(width, height, spec) {
    const top = spec.marginals ? GUTTER.top : GUTTER.bare;
    const right = spec.marginals ? GUTTER.right : GUTTER.bare;
    const left = spec.left ?? GUTTER.left;
    let plot = { x: left, y: top, w: width - left - right, h: height - top - GUTTER.bottom };
    if (spec.square) {
      const side = Math.min(plot.w, plot.h);
      plot = { ...plot, w: side, h: side };
    }
    return plot;
  }

  function scales(plot, view) {
    const perColumn = plot.w / (view.c1 - view.c0);
    const perRow = plot.h / (view.r1 - view.r0);
    return {
      perColumn,
      perRow,
      x: (column) => plot.x + (column - view.c0) * perColumn,
      y: (row) => plot.y + (row - view.r0) * perRow,
    };
  }

  function theme(element) {
    const style = getComputedStyle(element);
    const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    return {
      ink: read("--matrix-ink", "#495057"),
      faint: read("--matrix-faint", "#adb5bd"),
      line: read("--matrix-line", "rgba(128,128,128,.45)"),
      profile: read("--matrix-profile", "#868e96"),
      mark: read("--matrix-mark", "#e8590c"),
      ground: read("--matrix-ground", "#f1f3f5"),
      font: style.fontFamily || "sans-serif",
    };
  }

  function clip(context, plot, draw) {
    context.save();
    context.beginPath();
    context.rect(plot.x, plot.y, plot.w, plot.h);
    context.clip();
    draw();
    context.restore();
  }

  /* A tile in the place of its cells, whatever the view: an older one fills in until the newer is there. */
  function tile(context, at, { header }, canvas) {
    context.imageSmoothingEnabled = false;
    const x = at.x(header.column_start);
    const y = at.y(header.row_start);
    const w = header.width * header.column_block * at.perColumn;
    const h = header.height * header.row_block * at.perRow;
    context.drawImage(canvas, x, y, w, h);
  }

  /* Values written into the cells, once they have room. */
  function values(context, at, view, current, spec, colours) {
    if (!current.header.exact || at.perColumn < TEXT_WIDTH || at.perRow < TEXT_HEIGHT) return;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = Math.floor(view.r0); row < view.r1; row++) {
      for (let column = Math.floor(view.c0); column < view.c1; column++) {
        const cell = atlas.tiles.at(current, row, column);
        if (!cell) continue;
        const shade = Math.round(atlas.tiles.position(cell.value, current.domain, spec.scale) * 255) * 3;
        const light = 0.3 * colours[shade] + 0.59 * colours[shade + 1] + 0.11 * colours[shade + 2];
        context.fillStyle = light > 140 ? "rgba(0,0,0,.8)" : "rgba(255,255,255,.9)";
        context.fillText(atlas.names.measure(cell.value, spec), at.x(column + 0.5), at.y(row + 0.5));
      }
    }
  }

  /* Round steps of cells, about `room` pixels apart. */
  function ticks(start, stop, perCell, room) {
    const rough = Math.max(1, room / perCell);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough));
    const found = [];
    for (let index = Math.floor(start / step) * step; index + 0.5 <= stop; index += step) {
      if (index + 0.5 >= start) found.push(index);
    }
    return found;
  }

  /* Borders and names of heads or groups, where they have room; gives whether the names were written. */
  function bandLines(context, plot, at, axis, view, colour, vertical) {
    const [start, stop, per, place] = vertical ? [view.c0, view.c1, at.perColumn, at.x] : [view.r0, view.r1, at.perRow, at.y];
    const bands = atlas.names.bands(axis).filter((band) => band.stop > start && band.start < stop);
    let named = false;
    for (const band of bands) {
      const from = place(Math.max(band.start, start));
      const to = place(Math.min(band.stop, stop));
      context.strokeStyle = colour.line;
      if (band.start > start && (band.stop - band.start) * per > 6) line(context, plot, from, vertical);
      if ((bands.length > 1 || axis.groups) && to - from > (vertical ? 8 + band.label.length * 6 : 13)) {
        named = true;
        context.fillStyle = colour.ink;
        label(context, plot, band.label, (from + to) / 2, vertical);
      }
    }
    return named;
  }

  function line(context, plot, place, vertical) {
    context.beginPath();
    const p = Math.round(place) + 0.5;
    if (vertical) {
      context.moveTo(p, plot.y);
      context.lineTo(p, plot.y + plot.h);
    } else {
      context.moveTo(plot.x, p);
      context.lineTo(plot.x + plot.w, p);
    }
    context.stroke();
  }

  function label(context, plot, text, place, vertical) {
    context.textAlign = vertical ? "center" : "right";
    context.textBaseline = vertical ? "top" : "middle";
    if (vertical) context.fillText(text, place, plot.y + plot.h + 6);
    else context.fillText(text, plot.x - 7, place);
  }

  function axes(context, plot, at, spec, view, colour) {
    [true, false].forEach((vertical) => {
      const axis = spec.axes[vertical ? 1 : 0];
      const named = bandLines(context, plot, at, axis, view, colour, vertical);
      context.fillStyle = colour.ink;
      if (!named) {
        const [start, stop, per] = vertical ? [view.c0, view.c1, at.perColumn] : [view.r0, view.r1, at.perRow];
        for (const index of ticks(start, Math.min(stop, axis.size), per, vertical ? 76 : 44)) {
          label(context, plot, atlas.names.tick(axis, index), (vertical ? at.x : at.y)(index + 0.5), vertical);
        }
      }
      title(context, plot, axisTitle(axis, view, vertical), vertical, colour);
    });
  }

  /* The side, with the head in view where the ticks count within it. */
  function axisTitle(axis, view, vertical) {
    const name = atlas.names.axis(axis);
    if (axis.side !== "head" || !(axis.n_heads > 1)) return name;
    const size = axis.size / axis.n_heads;
    const first = Math.floor((vertical ? view.c0 : view.r0) / size);
    const last = Math.floor(((vertical ? view.c1 : view.r1) - 1e-6) / size);
    return first === last ? name + " of head " + first : name;
  }

  function title(context, plot, text, vertical, colour) {
    context.save();
    context.fillStyle = colour.faint;
    context.textAlign = "center";
    context.textBaseline = "middle";
    if (vertical) context.translate(plot.x + plot.w / 2, plot.y + plot.h + 31);
    else {
      context.translate(10, plot.y + plot.h / 2);
      context.rotate(-Math.PI / 2);
    }
    context.fillText(text, 0, 0);
    context.restore();
  }

  /* The marginal along one axis as a filled band outside of the plot; marked dimensions get a tick. */
  function profile(context, plot, at, data, view, colour) {
    const along = data.axis === 1;
    const room = (along ? GUTTER.top : GUTTER.right) - 14;
    const most = Math.max(...data.values) || 1;
    const least = Math.min(0, ...data.values);
    const size = (value) => ((value - least) / (most - least)) * room;
    const [start, stop, per, place] = along ? [view.c0, view.c1, at.perColumn, at.x] : [view.r0, view.r1, at.perRow, at.y];
    const bar = (from, to, length) => {
      if (along) context.fillRect(from, plot.y - 4 - length, to - from, length);
      else context.fillRect(plot.x + plot.w + 4, from, length, to - from);
    };
    context.fillStyle = colour.profile;
    const first = Math.max(0, Math.floor(start / data.block));
    const last = Math.min(data.values.length, Math.ceil(stop / data.block));
    const perPixel = Math.max(1, Math.floor(1 / (per * data.block)));
    for (let i = first; i < last; i += perPixel) {
      let value = data.values[i];
      for (let k = i + 1; k < Math.min(last, i + perPixel); k++) value = Math.max(value, data.values[k]);
      const from = Math.max(place(i * data.block), place(start));
      bar(from, Math.min(place((i + perPixel) * data.block), place(stop)) - (per > 4 ? 1 : 0), size(value));
    }
    context.fillStyle = colour.mark;
    for (const mark of data.top) {
      if (mark.index + 1 <= start || mark.index >= stop) continue;
      const middle = place(mark.index + 0.5);
      const wide = Math.max(1, per / 2);
      bar(Math.max(place(start), middle - wide), Math.min(place(stop), middle + wide), Math.max(2, size(mark.value)));
    }
  }

  /* Thin cross through a cell or along one dimension. */
  function marker(context, plot, at, selected, colour) {
    context.strokeStyle = colour.mark;
    context.lineWidth = 1;
    const { row, column } = selected;
    if (row !== null && row !== undefined) {
      if (at.perRow > 3) context.strokeRect(plot.x - 1, at.y(row), plot.w + 2, at.perRow);
      else line(context, plot, at.y(row + 0.5) - 0.5, false);
    }
    if (column !== null && column !== undefined) {
      if (at.perColumn > 3) context.strokeRect(at.x(column), plot.y - 1, at.perColumn, plot.h + 2);
      else line(context, plot, at.x(column + 0.5) - 0.5, true);
    }
  }

  atlas.paint = { frame, scales, theme, clip, tile, values, axes, profile, marker };
})(window.atlas);
