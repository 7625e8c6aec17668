// Asks all questions of standard input with Comunica; what it found goes to standard output, by name.
import { QueryEngine } from "@comunica/query-sparql";
import { readFileSync } from "node:fs";

const questions = JSON.parse(readFileSync(0, "utf8"));
const sources = [{ type: "sparql", value: process.argv[2] }];
const engine = new QueryEngine();
const text = async (stream) => {
  let all = "";
  for await (const piece of stream) all += piece;
  return all;
};
const found = {};
for (const { name, text: query, form } of questions) {
  try {
    const rows = form === "select" || form === "ask";
    const result = await engine.query(query, { sources });
    const { data } = await engine.resultToString(result, rows ? "application/sparql-results+json" : "text/turtle");
    const said = await text(data);
    found[name] = rows ? { json: JSON.parse(said) } : { turtle: said };
  } catch (error) {
    found[name] = { error: String(error).slice(0, 300) };
  }
}
process.stdout.write(JSON.stringify(found));
