// How figures are written on the board: points, shares, counts, bounds, prices, days.

export function points(value) {
  return value === null || value === undefined ? "–" : String(Math.round(value));
}

// A difference in points, always with its sign.
export function signed(value) {
  if (value === null || value === undefined) return "–";
  const whole = Math.round(value);
  return whole > 0 ? `+${whole}` : whole < 0 ? `−${-whole}` : "±0";
}

export function counted(value) {
  return value === null || value === undefined ? "–" : value.toLocaleString("en");
}

export function percent(share, digits = 0) {
  return share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`;
}

// What is known of where a rating lies.
export function boundsWords({ lower, upper }) {
  if (lower === null && upper === null) return "no interval yet";
  if (upper === null) return `${Math.round(lower)} or more`;
  if (lower === null) return `${Math.round(upper)} or less`;
  return `from ${Math.round(lower)} to ${Math.round(upper)}`;
}

export function rankRange({ rank_lower: low, rank_upper: high }) {
  return low === high ? `${low}` : `${low}–${high}`;
}

export function priceWords({ prompt, completion }) {
  return `$${prompt ?? 0} in, $${completion ?? 0} out, for a million tokens`;
}

export function categoryWords(name) {
  return name.replace(/^language-(.*)$/, (_, code) => `language: ${code}`).replace(/-/g, " ");
}

export function day(iso, timeZone) {
  return new Date(iso).toLocaleDateString("en-GB", { dateStyle: "medium", timeZone });
}

// The day that a time ends: midnight belongs to the day before.
export function dayEnding(iso) {
  return day(Date.parse(iso) - 1, "UTC");
}

export function moment(iso) {
  const at = new Date(/[zZ]|[+-]\d\d:\d\d$/.test(iso) ? iso : `${iso}Z`);
  return at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

export function plural(count, one, many = `${one}s`) {
  return `${counted(count)} ${count === 1 ? one : many}`;
}
