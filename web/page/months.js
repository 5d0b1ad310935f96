// The days: a strip of months that shows where the news was and is the slider, and the buttons that move through it.

import { isInCountry, loadThen, newsDays, newsRows, presence, presenceState } from "/page/presence.js";
import { byId, dayInWords, dayNumber, dayText, element, today } from "/page/text.js";
import { change, firstDay, view } from "/page/view.js";
import { drawYears } from "/page/years.js";

const HEIGHT = 40, LEAST_DAYS = 365;
let frame = null; // the animation frame of a running playback
let drawn = []; // the days, and the ends of the slider, that the bars show

const slider = () => byId("day");

export function startMonths() {
  slider().addEventListener("input", () => { stop(); change({ day: Number(slider().value) }); });
  byId("play").addEventListener("click", play);
  byId("earlier").addEventListener("click", () => jump(-1));
  byId("later").addEventListener("click", () => jump(1));
}

export function showMonths() {
  const news = newsDays();
  const state = presenceState("the days");
  byId("months").classList.toggle("stale", presence.status !== "ready");
  byId("months-words").textContent = presence.status === "ready"
    ? `Bars: new per month${view.known === "then" ? ", as known now" : ""}` : state?.words ?? "";
  slider().min = Math.min(presence.firstDay, today() - LEAST_DAYS, view.day);
  slider().max = Math.max(today(), view.day);
  slider().value = view.day;
  const count = newsRows().filter(isInCountry).length;
  slider().setAttribute("aria-valuetext", `${dayInWords(view.day)}, ${count} new`);
  byId("day-words").textContent = `${dayInWords(view.day)} (UTC)`;
  byId("earlier").disabled = !news.some(({ day }) => day < view.day);
  byId("later").disabled = !news.some(({ day }) => day > view.day);
  draw(news, Number(slider().min), Number(slider().max));
}

const monthOf = (day) => dayText(day).slice(0, 7);

function draw(news, min, max) {
  const position = (day) => 1000 * (day - min) / Math.max(1, max - min);
  const edge = Math.max(0, position(firstDay()));
  byId("month-window").setAttribute("x", edge);
  byId("month-window").setAttribute("width", Math.max(2, position(view.day) - edge));
  if (news === drawn[0] && min === drawn[1] && max === drawn[2]) return;
  drawn = [news, min, max];
  const counts = new Map(); // month -> {new, other}
  for (const { day, category } of news) {
    const month = counts.get(monthOf(day)) ?? { new: 0, other: 0 };
    month[category === "new" ? "new" : "other"] += 1;
    counts.set(monthOf(day), month);
  }
  const most = Math.max(1, ...[...counts.values()].map((month) => month.new + month.other));
  const bars = { new: "", other: "" };
  for (const [month, { new: first, other }] of counts) {
    const start = position(dayNumber(`${month}-01`));
    const width = Math.max(2.5, position(dayNumber(`${month}-01`) + 30) - start - 1), x = Math.max(0, start);
    const top = HEIGHT * (1 - (first + other) / most), middle = HEIGHT * (1 - other / most);
    if (first) bars.new += `M${x.toFixed(1)},${top.toFixed(1)}V${middle.toFixed(1)}h${width.toFixed(1)}V${top.toFixed(1)}Z`;
    if (other) bars.other += `M${x.toFixed(1)},${middle.toFixed(1)}V${HEIGHT}h${width.toFixed(1)}V${middle.toFixed(1)}Z`;
  }
  byId("months-new").setAttribute("d", bars.new);
  byId("months-back").setAttribute("d", bars.other);
  drawYears(byId("years"), min, max, position);
}

// Moves to the previous or next day on which something is new.
function jump(direction) {
  stop();
  const days = newsDays().map(({ day }) => day).filter((day) => (day - view.day) * direction > 0);
  if (days.length) change({ day: direction > 0 ? Math.min(...days) : Math.max(...days) });
}

function play() {
  if (frame !== null) return stop();
  const min = Number(slider().min), max = Number(slider().max);
  if (view.day >= max) change({ day: min });
  // Each step of "as known then" is loaded from the server, so there are fewer steps.
  const isLoaded = view.known === "then", frames = isLoaded ? 60 : 900;
  const step = Math.max(1, Math.round((max - min) / frames));
  byId("play").textContent = "Stop";
  let before = null;
  const tick = async (time) => {
    if (before === null || time - before > 33) {
      before = time;
      if (isLoaded) await loadThen();
      if (frame === null) return;
      change({ day: Math.min(max, view.day + step) });
      if (view.day >= max) return stop();
    }
    frame = requestAnimationFrame(tick);
  };
  frame = requestAnimationFrame(tick);
}

function stop() {
  cancelAnimationFrame(frame);
  frame = null;
  byId("play").textContent = "Play";
}
