// The personal tab: signs in by Teams, asks for the newest of the log, and writes it down. Nothing is kept in the browser.
"use strict";
(async () => {
  const said = document.getElementById("said");
  const entries = document.getElementById("entries");
  const make = (name, text) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    return element;
  };
  const dress = (theme) => { document.documentElement.dataset.theme = theme === "default" ? "light" : theme; };
  const draw = (entry) => {
    const article = make("article");
    const list = make("dl");
    for (const one of entry.answers) list.append(make("dt", one.question), make("dd", one.answer));
    article.append(make("h2", entry.title), make("time", entry.day), list);
    return article;
  };
  try {
    await microsoftTeams.app.initialize();
    microsoftTeams.app.getContext().then((context) => dress(context.app.theme)).catch(() => {});
    microsoftTeams.app.registerOnThemeChangeHandler(dress);
    const token = await microsoftTeams.authentication.getAuthToken();
    const answer = await fetch("/teams/tab/log", { method: "POST", headers: { Authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(String(answer.status));
    const log = await answer.json();
    document.documentElement.lang = log.language;
    said.textContent = log.said;
    entries.replaceChildren(...log.entries.map(draw));
  } catch {
    // The tenant has not set sign-in up, or it failed: the one-time link always works.
    said.textContent = said.dataset.ask;
  }
})();
