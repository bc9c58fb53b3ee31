// Everything works without this file. With it: copy buttons, print buttons, and waiting pages that follow by themselves.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if (button.hasAttribute("data-print")) {
    window.print();
    return;
  }
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  const said = document.getElementById(`${button.dataset.copy}-copied`);
  if (said) said.textContent = button.dataset.copied;
});

// [data-poll="/address"]: fetch the fragment every few seconds and show it where it differs, each written as the browser
// writes it: a live region that is filled anew is read aloud anew. What the fragment has in [data-say] goes to the live
// region beside it, `<id of the place>-said`. A header tells where to go when it is done.
const asWritten = (text) => {
  const box = document.createElement("div");
  box.innerHTML = text;
  return box.innerHTML;
};

const say = (place) => {
  const region = document.getElementById(`${place.id}-said`);
  const words = place.querySelector("[data-say]")?.dataset.say;
  if (region && words && region.textContent !== words) region.textContent = words;
};

for (const place of document.querySelectorAll("[data-poll]")) {
  const ask = async () => {
    try {
      const answer = await fetch(place.dataset.poll, { headers: { "x-fragment": "1" }, cache: "no-store" });
      const onward = answer.headers.get("x-see-other");
      if (onward) {
        window.location.assign(onward);
        return;
      }
      if (answer.ok) {
        const text = asWritten(await answer.text());
        if (text !== place.innerHTML) place.innerHTML = text;
        say(place);
      }
    } catch {
      // the network is away for a moment: ask again
    }
    window.setTimeout(ask, 2000);
  };
  window.setTimeout(ask, 2000);
}

for (const shown of document.querySelectorAll("[data-script-only]")) shown.hidden = false;

// Errors are read first.
document.querySelector(".errsum")?.focus();
