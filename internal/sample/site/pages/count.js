// SPDX-License-Identifier: Apache-2.0
// Stands in for a counter of visits: it runs only once that is allowed, and says so.
document.getElementById("counted").textContent = document.documentElement.lang === "it" ? "Sì: questa visita è stata contata." : "Yes: this visit was counted.";
