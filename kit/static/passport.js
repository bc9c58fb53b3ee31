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

// [data-poll="/address"]: fetch the fragment every few seconds and show it; a header tells where to go when it is done.
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
        const text = await answer.text();
        if (text !== place.innerHTML) place.innerHTML = text;
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
