// The state is kept in window.show, because this function runs again when the data change and replaces the previous run.
export default function ({ parentElement, data, setTriggerValue }) {
  const before = window.show;
  before?.stop();
  const row = parentElement.querySelector(".row"), time = parentElement.querySelector(".time span");
  const host = row.getRootNode().host ?? parentElement;
  for (const [name, color] of Object.entries(data.colors)) host.style.setProperty(`--show-${name}`, color);
  const style = document.createElement("style");
  document.head.append(style);
  const asked = parseInt(location.hash.slice(1), 10) || 1;
  const show = window.show = { at: before?.at ?? asked - 1, paused: before?.paused ?? false, black: false, elapsed: 0, left: false };
  const fit = () => {
    const scale = Math.min(innerWidth / data.width, innerHeight / data.height);
    document.documentElement.style.setProperty("--show-scale", scale);
  };
  const paint = () => {
    show.at = Math.min(Math.max(show.at, 0), data.slides - 1);
    style.textContent = show.black
      ? ".st-key-stage { background: #000 !important; } .st-key-stage > * { visibility: hidden !important; }"
      : `.st-key-slide_${show.at} { visibility: visible !important; }`;
    parentElement.querySelector(".count").textContent = `${show.paused && data.seconds ? "Tạm dừng · " : ""}${show.at + 1}/${data.slides}`;
    parentElement.querySelector(".source").textContent = data.sources[show.at];
    parentElement.querySelector('[data-does="pause"]').textContent = show.paused ? "Chạy tiếp" : "Tạm dừng";
    parentElement.querySelector('[data-does="pause"]').hidden = !data.seconds;
    document.documentElement.dataset.slide = show.at + 1;
    document.documentElement.dataset.paused = show.paused;
    history.replaceState(history.state, "", `${location.pathname}${location.search}#${show.at + 1}`);
  };
  const turn = (by) => {
    show.at = (show.at + by + data.slides) % data.slides;
    show.elapsed = 0;
    show.black = false;
    paint();
  };
  const does = {
    next: () => turn(1),
    back: () => turn(-1),
    first: () => turn(-show.at),
    last: () => turn(data.slides - 1 - show.at),
    pause: () => { show.paused = !show.paused; paint(); },
    space: () => (data.seconds ? does.pause() : does.next()),
    black: () => { show.black = !show.black; paint(); },
    fullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => {}),
    leave: () => {
      if (show.black) return does.black();
      if (show.left) return;
      show.left = true;
      if (document.fullscreenElement) document.exitFullscreen();
      setTriggerValue("leave", true);
    },
  };
  const keys = {
    ArrowRight: "next", ArrowDown: "next", PageDown: "next", Enter: "next", n: "next",
    ArrowLeft: "back", ArrowUp: "back", PageUp: "back", Backspace: "back",
    Home: "first", End: "last", " ": "space", p: "pause", b: "black", ".": "black", f: "fullscreen", F5: "fullscreen", Escape: "leave",
  };
  const pressed = (event) => {
    const does_it = keys[event.key];
    const on_button = event.composedPath()[0]?.tagName === "BUTTON" && (event.key === "Enter" || event.key === " ");
    if (!does_it || on_button || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    does[does_it]();
  };
  let touch = null;
  const touched = (event) => { touch = event.touches.length === 1 ? [event.touches[0].clientX, event.touches[0].clientY] : null; };
  const lifted = (event) => {
    if (!touch) return;
    const [x, y] = [event.changedTouches[0].clientX - touch[0], event.changedTouches[0].clientY - touch[1]];
    touch = null;
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) turn(x < 0 ? 1 : -1);
  };
  let asleep;
  const woken = () => {
    row.classList.add("awake");
    clearTimeout(asleep);
    asleep = setTimeout(() => row.classList.remove("awake"), 3000);
  };
  let last = performance.now();
  const tick = setInterval(() => {
    const now = performance.now();
    if (data.seconds && !show.paused && !show.black) show.elapsed += (now - last) / 1000;
    last = now;
    time.style.width = data.seconds ? `${Math.min(100, 100 * show.elapsed / data.seconds)}%` : "0";
    if (data.seconds && show.elapsed >= data.seconds) turn(1);
  }, 200);
  for (const button of parentElement.querySelectorAll("button")) button.onclick = () => does[button.dataset.does]();
  const heard = [
    [window, "keydown", pressed, true], [window, "resize", fit, false], [window, "touchstart", touched, { passive: true }],
    [window, "touchend", lifted, { passive: true }], [window, "pointermove", woken, { passive: true }],
  ];
  for (const [on, name, run, how] of heard) on.addEventListener(name, run, how);
  // Keep the screen on during a meeting; the API works only over https and on localhost.
  navigator.wakeLock?.request("screen").then((lock) => { show.lock = lock; }).catch(() => {});
  show.stop = () => {
    for (const [on, name, run, how] of heard) on.removeEventListener(name, run, how);
    clearInterval(tick);
    clearTimeout(asleep);
    style.remove();
    show.lock?.release();
  };
  document.activeElement?.blur?.();
  fit();
  paint();
  return () => {
    show.stop();
    delete window.show;
    delete document.documentElement.dataset.slide;
    history.replaceState(history.state, "", `${location.pathname}${location.search}`);
  };
}
