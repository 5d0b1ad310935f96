// The labels of years along an axis of days.

import { dayNumber, dayText, element, shortDay } from "/page/text.js";

const LABEL = 2.4, DISTANCE = 3.6, WHOLE = 7; // width of a label, least distance between two, width of a whole day, in rem
const YEAR = 365.25;

// Draws the labels into a place. `position` returns the thousandth of the axis at which a day lies. A label that would be
// cut off at the end is left out; an axis without a label says with which day it begins.
export function drawYears(place, min, max, position) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize), width = place.clientWidth / rem;
  const step = Math.max(1, Math.ceil((max - min) / YEAR / Math.max(1, Math.floor(width / DISTANCE))));
  const first = Number(dayText(min).slice(0, 4)) + 1, last = Number(dayText(max).slice(0, 4)), labels = [];
  for (let year = first; year <= last; year += step) {
    const start = position(dayNumber(`${year}-01-01`)) / 1000;
    if ((1 - start) * width < LABEL) break;
    const label = element("span", {}, String(year));
    label.style.insetInlineStart = `${100 * start}%`;
    labels.push(label);
  }
  const whole = width < WHOLE ? [] : [element("span", {}, `from ${shortDay(dayText(min))}`)];
  place.replaceChildren(...(labels.length ? labels : whole));
}
