// Loaded first, before anything is painted: puts the remembered theme (auto, light, dark) on <html>.
(() => {
  const root = document.documentElement;
  const night = matchMedia("(prefers-color-scheme: dark)");
  const choices = ["auto", "light", "dark"];
  let choice = "auto";

  const apply = () => {
    root.dataset.themeChoice = choice;
    root.dataset.bsTheme = choice === "auto" ? (night.matches ? "dark" : "light") : choice;
    document.dispatchEvent(new Event("themechange"));
  };

  const remembered = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is switched off: the choice lasts for this page
    }
  };

  const next = () => {
    choice = choices[(choices.indexOf(choice) + 1) % choices.length];
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // as above
    }
    apply();
  };

  if (choices.includes(remembered())) choice = remembered();
  apply();
  night.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-next]")) next();
  });
})();
