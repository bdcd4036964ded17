// Says that a page is old when it could not be refreshed, because an old page may look well.
"use strict";
{
  const stale = isStale => {
    document.getElementById("stale").hidden = !isStale;
  };
  document.addEventListener("htmx:error", () => stale(true));
  document.addEventListener("htmx:response:error", () => stale(true));
  document.addEventListener("htmx:after:swap", () => stale(false));
}
