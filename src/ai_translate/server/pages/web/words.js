// The words of the page, in English and in French.

import { find, make } from "./elements.js";
import { keep, kept } from "./kept.js";

const EN = {
  skip: "Skip to the text",
  pages: "Pages",
  status: "Status",
  interface: "Language of this page",
  title: "Translate text and documents",
  keyWanted: "This server asks for a key",
  keyWhy: "Whoever runs it gives you one. It is sent to this server and to nobody else.",
  keyUnknown: "The server does not know this key, or it counts no more. Try another one.",
  keyForbidden: "This key is for something else than translating. Try another one.",
  key: "Key",
  useKey: "Use this key",
  keepKey: "Remember it in this browser",
  forgetKey: "Forget the key",
  desk: "Translation",
  from: "Translate from",
  detect: "Detect language",
  detected: "{language} (auto)",
  swap: "Swap languages",
  noSwap: "Nothing translates the other way",
  to: "Translate into",
  glossary: "Glossary",
  noGlossary: "None",
  text: "Text to translate",
  placeholder: "Type or paste text, or drop a document",
  typing: "The translation comes while you type. Control and Enter ask for it at once.",
  choose: "Translate a document",
  clear: "Clear",
  "characters.one": "{n} character",
  "characters.other": "{n} characters",
  translation: "Translation",
  empty: "The translation stands here.",
  moving: "Arrow keys go from sentence to sentence; Enter shows other ways to say one.",
  confidence: "Confidence {percent}",
  confidenceWhy: "How sure the model is of its words. No promise that they are right.",
  "doubts.one": "{n} doubt",
  "doubts.other": "{n} doubts",
  copy: "Copy",
  copied: "Copied",
  noCopy: "The browser does not let the page copy.",
  done: "Translation: {text}",
  "doneMany.one": "Translated: {n} sentence.",
  "doneMany.other": "Translated: {n} sentences.",
  others: "Other ways to say it",
  looking: "Looking for others…",
  noOthers: "The model knows no other way.",
  chosen: "Chosen: {text}",
  close: "Close",
  documents: "Documents",
  drop: "Let go to translate the document",
  sending: "Sending…",
  queued: "Waits for its turn",
  running: "Translating, {percent}",
  ready: "Translated",
  "failedParts.one": "Translated; {n} part stands as it was",
  "failedParts.other": "Translated; {n} parts stand as they were",
  cancelled: "Cancelled",
  download: "Download",
  downloadOf: "Download {name}",
  cancel: "Cancel",
  cancelOf: "Cancel {name}",
  remove: "Remove",
  removeOf: "Remove {name}",
  progressOf: "Progress of {name}",
  recent: "Recent translations",
  recentWhy: "They never leave this browser.",
  keep: "Keep them in this browser",
  forget: "Clear all",
  forgotten: "Recent translations are gone.",
  private: "Text goes to this server and nowhere else.",
  tryNow: "Try now",
  "inSeconds.one": "in {n} second",
  "inSeconds.other": "in {n} seconds",
  starting: "The server is starting.",
  startingWhy: "Its models are being loaded; your text is translated as soon as they are there.",
  stopping: "The server is stopping.",
  stoppingWhy: "Your text is translated when one is there again.",
  offline: "The server cannot be reached.",
  offlineWhy: "What you type stays here and is translated when it is back.",
  busy: "The server is too busy.",
  busyWhy: "The page tries again by itself.",
  often: "Too many requests.",
  oftenWhy: "This server takes so many a minute. The page tries again by itself.",
  failed: "That could not be translated.",
  "error.unsupported_language_pair": "No model here translates in this direction.",
  "error.too_large": "That is longer than this server takes.",
  "error.deadline_exceeded": "That took too long.",
  "error.quota_exceeded": "The characters that this key may translate are used up.",
  "error.unknown_document": "Documents of this kind cannot be read.",
  "error.broken_document": "The document is damaged, or not what its name says.",
  "error.not_found": "It is not there any more.",
  "doubt.repetition": "Words come back as in a loop:",
  "doubt.echo": "It may not be translated at all:",
  "doubt.length": "Its length is out of proportion:",
  "doubt.numbers": "Numbers differ:",
  "doubt.pieces": "It was translated in pieces:",
  "doubt.cut_short": "Its end may be missing:",
  "doubt.untranslated": "The model found no words for it:",
  "doubt.term_missed": "A term of the glossary is missing:",
  "doubt.other": "There is a doubt:",
  translate: "Translate",
  statusTitle: "Status of the server",
  version: "Version",
  healthy: "Ready",
  "state.starting": "Starting",
  "state.draining": "Stopping",
  "state.unhealthy": "Not working",
  "state.offline": "Cannot be reached",
  now: "Now",
  requests: "In progress",
  waits: "Sentences waiting",
  wait: "Wait",
  seconds: "{time} s",
  pace: "Pace",
  perSecond: "{speed} tokens/s",
  is: "{name}: {value}",
  workers: "Workers busy",
  of: "{some} of {most}",
  hitRate: "Found in the cache",
  entries: "Sentences",
  filled: "Cache filled",
  models: "Models",
  noModels: "No model is loaded yet.",
  made: "Version",
  digest: "Digest",
  licence: "Licence",
  unknown: "unknown",
  weights: "Weights",
  size: "Size",
  languages: "Languages",
  "directions.one": "{n} direction",
  "directions.other": "{n} directions",
  scores: "Scores",
  scoresWhole: "unquantized: chrF {chrf}, BLEU {bleu}",
  scoresOn: "{pair}, {n} sentences, against {what}",
  reference: "translations of people",
  float32: "the same model, unquantized",
  notMeasured: "not measured when it was locked",
  queue: "Queue",
  inMemory: "in memory",
  outOfMemory: "not in memory; a request brings it back",
  pause: "Pause",
  go: "Go on",
  live: "This page follows the server every two seconds.",
  paused: "Paused.",
};

const FR = {
  skip: "Aller au texte",
  pages: "Pages",
  status: "État",
  interface: "Langue de cette page",
  title: "Traduire un texte ou un document",
  keyWanted: "Ce serveur demande une clé",
  keyWhy: "La personne qui le gère vous en donne une. Elle n’est envoyée qu’à ce serveur.",
  keyUnknown: "Le serveur ne connaît pas cette clé, ou elle n’est plus valable. Essayez-en une autre.",
  keyForbidden: "Cette clé sert à autre chose qu’à traduire. Essayez-en une autre.",
  key: "Clé",
  useKey: "Utiliser cette clé",
  keepKey: "La retenir dans ce navigateur",
  forgetKey: "Oublier la clé",
  desk: "Traduction",
  from: "Traduire depuis",
  detect: "Détecter la langue",
  detected: "{language} (auto)",
  swap: "Inverser les langues",
  noSwap: "Rien ne traduit dans l’autre sens",
  to: "Traduire vers",
  glossary: "Glossaire",
  noGlossary: "Aucun",
  text: "Texte à traduire",
  placeholder: "Saisissez ou collez un texte, ou déposez un document",
  typing: "La traduction arrive pendant la saisie. Contrôle et Entrée la demandent aussitôt.",
  choose: "Traduire un document",
  clear: "Effacer",
  "characters.one": "{n} caractère",
  "characters.other": "{n} caractères",
  translation: "Traduction",
  empty: "La traduction s’affichera ici.",
  moving: "Les flèches vont d’une phrase à l’autre ; Entrée propose d’autres tournures.",
  confidence: "Confiance {percent}",
  confidenceWhy: "À quel point le modèle est sûr de ses mots. Ce n’est pas une garantie.",
  "doubts.one": "{n} doute",
  "doubts.other": "{n} doutes",
  copy: "Copier",
  copied: "Copié",
  noCopy: "Le navigateur ne permet pas à la page de copier.",
  done: "Traduction : {text}",
  "doneMany.one": "{n} phrase traduite.",
  "doneMany.other": "{n} phrases traduites.",
  others: "Autres tournures",
  looking: "Recherche d’autres tournures…",
  noOthers: "Le modèle n’en connaît pas d’autre.",
  chosen: "Choisi : {text}",
  close: "Fermer",
  documents: "Documents",
  drop: "Relâchez pour traduire le document",
  sending: "Envoi…",
  queued: "En attente",
  running: "Traduction, {percent}",
  ready: "Traduit",
  "failedParts.one": "Traduit ; {n} partie est restée telle quelle",
  "failedParts.other": "Traduit ; {n} parties sont restées telles quelles",
  cancelled: "Annulé",
  download: "Télécharger",
  downloadOf: "Télécharger {name}",
  cancel: "Annuler",
  cancelOf: "Annuler {name}",
  remove: "Retirer",
  removeOf: "Retirer {name}",
  progressOf: "Avancement de {name}",
  recent: "Traductions récentes",
  recentWhy: "Elles ne quittent jamais ce navigateur.",
  keep: "Les garder dans ce navigateur",
  forget: "Tout effacer",
  forgotten: "Les traductions récentes sont effacées.",
  private: "Le texte va à ce serveur et nulle part ailleurs.",
  tryNow: "Essayer maintenant",
  "inSeconds.one": "dans {n} seconde",
  "inSeconds.other": "dans {n} secondes",
  starting: "Le serveur démarre.",
  startingWhy: "Il charge ses modèles ; votre texte sera traduit dès qu’ils seront là.",
  stopping: "Le serveur s’arrête.",
  stoppingWhy: "Votre texte sera traduit dès qu’un serveur sera de retour.",
  offline: "Le serveur est injoignable.",
  offlineWhy: "Ce que vous saisissez reste ici et sera traduit à son retour.",
  busy: "Le serveur est trop occupé.",
  busyWhy: "La page réessaie d’elle-même.",
  often: "Trop de demandes.",
  oftenWhy: "Ce serveur en limite le nombre par minute. La page réessaie d’elle-même.",
  failed: "Cela n’a pas pu être traduit.",
  "error.unsupported_language_pair": "Aucun modèle ici ne traduit dans ce sens.",
  "error.too_large": "C’est plus long que ce que ce serveur accepte.",
  "error.deadline_exceeded": "Cela a pris trop de temps.",
  "error.quota_exceeded": "Les caractères que cette clé peut traduire sont épuisés.",
  "error.unknown_document": "Les documents de ce type ne peuvent pas être lus.",
  "error.broken_document": "Le document est endommagé, ou n’est pas ce que dit son nom.",
  "error.not_found": "Ce n’est plus là.",
  "doubt.repetition": "Des mots reviennent en boucle :",
  "doubt.echo": "Ce n’est peut-être pas traduit du tout :",
  "doubt.length": "Sa longueur est disproportionnée :",
  "doubt.numbers": "Des nombres diffèrent :",
  "doubt.pieces": "Traduit par morceaux :",
  "doubt.cut_short": "La fin manque peut-être :",
  "doubt.untranslated": "Le modèle n’a pas trouvé de mots :",
  "doubt.term_missed": "Un terme du glossaire manque :",
  "doubt.other": "Il y a un doute :",
  translate: "Traduire",
  statusTitle: "État du serveur",
  version: "Version",
  healthy: "Prêt",
  "state.starting": "Démarre",
  "state.draining": "S’arrête",
  "state.unhealthy": "En panne",
  "state.offline": "Injoignable",
  now: "En ce moment",
  requests: "En cours",
  waits: "Phrases en attente",
  wait: "Attente",
  seconds: "{time} s",
  pace: "Allure",
  perSecond: "{speed} jetons/s",
  is: "{name} : {value}",
  workers: "Fils occupés",
  of: "{some} sur {most}",
  hitRate: "Trouvé en cache",
  entries: "Phrases",
  filled: "Cache rempli",
  models: "Modèles",
  noModels: "Aucun modèle n’est encore chargé.",
  made: "Version",
  digest: "Empreinte",
  licence: "Licence",
  unknown: "inconnue",
  weights: "Poids",
  size: "Taille",
  languages: "Langues",
  "directions.one": "{n} sens",
  "directions.other": "{n} sens",
  scores: "Scores",
  scoresWhole: "sans quantification : chrF {chrf}, BLEU {bleu}",
  scoresOn: "{pair}, {n} phrases, par rapport à {what}",
  reference: "des traductions humaines",
  float32: "ce même modèle sans quantification",
  notMeasured: "non mesurés lors du verrouillage",
  queue: "File d’attente",
  inMemory: "en mémoire",
  outOfMemory: "hors mémoire ; une demande le ramène",
  pause: "Suspendre",
  go: "Reprendre",
  live: "Cette page suit le serveur toutes les deux secondes.",
  paused: "Suspendu.",
};

const TONGUES = { en: EN, fr: FR };
const NAMES = { en: "English", fr: "Français" };
const told = [];
let tongue = chosen();

function chosen() {
  const wanted = [kept("tongue", null), ...navigator.languages];
  return wanted.map((tag) => String(tag).slice(0, 2)).find((tag) => tag in TONGUES) ?? "en";
}

export const tongueOf = () => tongue;

/** The words of a key. `n` is a number: it chooses the form and is written as the language does. */
export function say(key, values = {}) {
  const words = TONGUES[tongue];
  const form = "n" in values ? `${key}.${new Intl.PluralRules(tongue).select(values.n)}` : key;
  const pattern = words[form] ?? words[`${key}.other`] ?? words[key] ?? "";
  return pattern.replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === "number" ? number(values[name]) : values[name]);
}

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(tongue, { maximumFractionDigits: digits }).format(value);

export const percent = (value) =>
  new Intl.NumberFormat(tongue, { style: "percent", maximumFractionDigits: 0 }).format(value);

/** The name of a language, in that of the page. */
export function nameOf(tag, otherwise = tag) {
  try {
    const name = new Intl.DisplayNames(tongue, { type: "language" }).of(tag);
    const first = name === tag ? otherwise : name;
    return first.charAt(0).toLocaleUpperCase(tongue) + first.slice(1);
  } catch {
    return otherwise;
  }
}

/** Calls whenever the language of the page has changed. */
export const onWords = (changed) => told.push(changed);

/** Writes the words into the page, and lets people choose the language. */
export function setUpWords() {
  const group = document.querySelector(".tongues");
  for (const tag of Object.keys(TONGUES)) {
    group.append(make("button", {
      type: "button",
      lang: tag,
      textContent: NAMES[tag],
      onclick: () => {
        keep("tongue", tag);
        speak(tag);
      },
    }));
  }
  speak(tongue);
}

function speak(tag) {
  tongue = tag;
  document.documentElement.lang = tag;
  for (const button of document.querySelectorAll(".tongues button")) {
    button.setAttribute("aria-pressed", String(button.lang === tag));
  }
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = say(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", say(element.dataset.tLabel));
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = say(element.dataset.tPlaceholder);
  }
  const title = find("page-title") ? `${say("statusTitle")} · AI Translate` : `AI Translate · ${say("title")}`;
  document.title = title;
  for (const changed of told) changed();
}
