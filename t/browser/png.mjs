// Makes a PNG of a screen small: 256 colours in a palette are enough for what we show.
import { deflateSync, inflateSync } from 'node:zlib';

function* chunks(png) {
    for (let at = 8; at < png.length;) {
        const length = png.readUInt32BE(at);
        yield { name: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
        at += length + 12;
    }
}

const paeth = (a, b, c) => {
    const p = a + b - c, pa = Math.abs(p - a), pb = Math.abs(p - b), pc = Math.abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};

// The pixels as 0xRRGGBB, of 8 bits a channel and not interlaced, as Chromium writes.
function pixels(png) {
    const all = [...chunks(png)], head = all[0].data;
    const width = head.readUInt32BE(0), height = head.readUInt32BE(4), step = head[9] === 6 ? 4 : 3;
    const raw = inflateSync(Buffer.concat(all.filter((c) => c.name === 'IDAT').map((c) => c.data)));
    const out = new Uint32Array(width * height), size = width * step;
    let above = new Uint8Array(size);
    for (let y = 0; y < height; y++) {
        const filter = raw[y * (size + 1)], row = new Uint8Array(raw.subarray(y * (size + 1) + 1, (y + 1) * (size + 1)));
        for (let i = 0; i < size; i++) {
            const left = i >= step ? row[i - step] : 0, corner = i >= step ? above[i - step] : 0;
            row[i] += [0, left, above[i], (left + above[i]) >> 1, paeth(left, above[i], corner)][filter];
        }
        for (let x = 0; x < width; x++) out[y * width + x] = (row[x * step] << 16) | (row[x * step + 1] << 8) | row[x * step + 2];
        above = row;
    }
    return { width, height, out };
}

const far = (a, b) => ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;

const table = Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
});

function chunk(name, data) {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]), out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length);
    body.copy(out, 4);
    out.writeUInt32BE((body.reduce((crc, octet) => table[(crc ^ octet) & 255] ^ (crc >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0, body.length + 4);
    return out;
}

export function small(png) {
    const { width, height, out } = pixels(png), count = new Map();
    for (const colour of out) count.set(colour, (count.get(colour) ?? 0) + 1);
    const palette = [...count].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
    const place = new Map(palette.map((colour, i) => [colour, i]));
    const nearest = (colour) => palette.reduce((best, other, i) => (far(colour, other) < far(colour, palette[best]) ? i : best), 0);
    const rows = Buffer.alloc((width + 1) * height);
    out.forEach((colour, i) => {
        if (!place.has(colour)) place.set(colour, nearest(colour));
        rows[i + Math.floor(i / width) + 1] = place.get(colour);
    });
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width);
    head.writeUInt32BE(height, 4);
    head.set([8, 3], 8);
    return Buffer.concat([
        png.subarray(0, 8), chunk('IHDR', head), chunk('PLTE', Buffer.from(palette.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]))),
        chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0)),
    ]);
}
