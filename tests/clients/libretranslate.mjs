// Translates with the client `translate` and its engine for LibreTranslate; prints JSON.
// Arguments: the address of /translate, and a key or nothing. Texts come on standard input.
import translate from "translate";

const [url, key] = process.argv.slice(2);
Object.assign(translate, { engine: "libre", url, from: "en" });
if (key) translate.key = key;

let input = "";
for await (const piece of process.stdin) input += piece;

const answers = [];
for (const { text, to } of JSON.parse(input)) {
  try {
    answers.push({ text: await translate(text, { to }) });
  } catch (error) {
    answers.push({ error: error.message });
  }
}
console.log(JSON.stringify(answers));
