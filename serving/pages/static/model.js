/* Reads the page again once the registry was read, or what was asked for is decided. Without it, a link does. */
(function () {
  "use strict";
  const notice = document.querySelector("[data-state]");
  if (!notice) return;
  async function look() {
    try {
      const answer = await fetch(notice.dataset.state, { headers: { Accept: "application/json" } });
      if (answer.ok && !(await answer.json()).waiting) {
        location.reload();
        return;
      }
    } catch {
      /* the service may be restarting: ask again */
    }
    setTimeout(look, 1500);
  }
  setTimeout(look, 1500);
})();
