// The AWS SDK for JavaScript, as a reader.
import { createInterface } from "node:readline";
import { fromIni } from "@aws-sdk/credential-providers";

for await (const line of createInterface({ input: process.stdin })) {
  const { file, profile } = JSON.parse(line);
  let answer = null;
  try {
    const keys = await fromIni({ filepath: file, configFilepath: "/nonexistent", profile, ignoreCache: true })();
    answer = [keys.accessKeyId, keys.secretAccessKey, keys.sessionToken];
  } catch {
    // As null: it doesn't accept the file, or finds no credentials in it.
  }
  console.log(JSON.stringify(answer));
}
