// What deepl-node does with a server: node deepl.mjs ADDRESS FOLDER. Prints what came of it as JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as deepl from "deepl-node";

const [address, folder] = process.argv.slice(2);
const client = new deepl.DeepLClient("any", { serverUrl: address, maxRetries: 1 });
const STATION = "Where is the station?";

const attempted = async (work) => {
  try {
    return { done: await work() };
  } catch (error) {
    return { error: error.constructor.name, message: error.message };
  }
};

const markup = await client.translateText(["<p>The <k>red house</k> is old.</p>"], "en", "fr", {
  tagHandling: "html",
  ignoreTags: ["k"],
  splitSentences: "off",
  preserveFormatting: true,
  outlineDetection: false,
  formality: "prefer_less",
  context: "A street.",
  modelType: "latency_optimized",
  nonSplittingTags: "b",
});

const entries = new deepl.GlossaryEntries({ entries: { station: "aérogare" } });
const glossary = await client.createGlossary("Mine & yours", "en", "fr", entries);
const fromCsv = await client.createGlossaryWithCsv("CSV", "en", "fr", Buffer.from("bus,car\n"));
const back = new deepl.GlossaryEntries({ entries: { gare: "station" } });
const both = await client.createMultilingualGlossary("Both", [
  { sourceLangCode: "en", targetLangCode: "fr", entries },
  { sourceLangCode: "fr", targetLangCode: "en", entries: back },
]);
const several = await client.createMultilingualGlossaryWithCsv("CSV", "en", "fr", "bus,car\n");
await client.updateMultilingualGlossaryName(several, "Ours");
const dictionary = { sourceLangCode: "en", targetLangCode: "fr", entries };
await client.updateMultilingualGlossaryDictionary(several, dictionary);
await client.updateMultilingualGlossaryDictionaryWithCsv(several, "en", "fr", "boat,bateau\n");
const terms = async () =>
  (await client.getMultilingualGlossaryDictionaryEntries(several, "en", "fr")).entries.entries();
const updated = await terms();
await client.replaceMultilingualGlossaryDictionary(several, dictionary);
const replaced = await terms();
await client.replaceMultilingualGlossaryDictionaryWithCsv(several, "en", "fr", "bus,autocar\n");
const replacedAgain = await terms();
await client.deleteMultilingualGlossaryDictionary(both, "fr", "en");

const input = join(folder, "a.txt");
const output = join(folder, "b.txt");
writeFileSync(input, STATION);
const document = await client.translateDocument(input, output, "en", "fr", {
  glossary: glossary.glossaryId,
});

const found = {
  text: await client.translateText(STATION, null, "fr"),
  markup,
  honoured: await client.translateText(STATION, "en", "fr", { glossary }),
  honouredBoth: await client.translateText(STATION, "en", "fr", { glossaryIds: [both] }),
  sources: await client.getSourceLanguages(),
  targets: await client.getTargetLanguages(),
  pairs: await client.getGlossaryLanguagePairs(),
  usage: (await client.getUsage()).character,
  document: { status: document.status, billed: document.billedCharacters },
  written: readFileSync(output, "utf-8"),
  glossary: await client.getGlossary(glossary.glossaryId),
  terms: (await client.getGlossaryEntries(fromCsv)).entries(),
  listed: (await client.listGlossaries()).map((one) => one.glossaryId),
  both: await client.getMultilingualGlossary(both.glossaryId),
  listedBoth: (await client.listMultilingualGlossaries()).map((one) => one.name),
  updated,
  replaced,
  replacedAgain,
  lacking: {
    missing: await attempted(() => client.getGlossary("none")),
    missingBoth: await attempted(() => client.getMultilingualGlossary("none")),
    formality: await attempted(() => client.translateText("a", "en", "fr", { formality: "more" })),
    pair: await attempted(() => client.translateText("a", "en", "de")),
    rephrase: await attempted(() => client.rephraseText("a", "en-US")),
    styles: await attempted(() => client.getAllStyleRules()),
    memories: await attempted(() => client.listTranslationMemories()),
  },
};
for (const one of [glossary, fromCsv]) await client.deleteGlossary(one);
for (const one of [both, several]) await client.deleteMultilingualGlossary(one);
found.left = (await client.listMultilingualGlossaries()).length;
console.log(JSON.stringify(found));
