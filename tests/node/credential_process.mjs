// The AWS SDK for JavaScript takes the session from `aws-mfa credential-process` and from the credentials file, also past an
// expiry. Needs AWS_MFA, the program's path.
import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromIni, fromNodeProviderChain } from "@aws-sdk/credential-providers";

const home = mkdtempSync(join(tmpdir(), "aws-mfa-"));
process.on("exit", () => rmSync(home, { recursive: true }));
for (const name of Object.keys(process.env).filter((name) => name.startsWith("AWS_") && name !== "AWS_MFA")) {
  delete process.env[name];
}
process.env.HOME = home;
mkdirSync(join(home, ".aws"), { mode: 0o700 });

function store(number, minutes) {
  const expiration = new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 19).replace("T", " ");
  writeFileSync(
    join(home, ".aws", "credentials"),
    `[dev]\nassumed_role = False\naws_access_key_id = ASIASESSION${number}\naws_secret_access_key = secret${number}\n` +
      `aws_session_token = token${number}\naws_security_token = token${number}\nexpiration = ${expiration}\n`,
    { mode: 0o600 },
  );
}

writeFileSync(
  join(home, ".aws", "config"),
  `[profile dev-auto]\nregion = us-east-1\ncredential_process = ${process.env.AWS_MFA} credential-process --profile dev\n`,
);

store(1, 6);
const first = await fromIni({ profile: "dev-auto", ignoreCache: true })();
assert.equal(first.accessKeyId, "ASIASESSION1");
assert.equal(first.secretAccessKey, "secret1");
assert.equal(first.sessionToken, "token1");
assert.ok(Math.abs(first.expiration - Date.now() - 6 * 60_000) < 5_000, `${first.expiration}`);

store(2, 600);
const second = await fromNodeProviderChain({ profile: "dev-auto", ignoreCache: true })();
assert.equal(second.accessKeyId, "ASIASESSION2");

const stored = await fromIni({ profile: "dev", ignoreCache: true })();
assert.deepEqual([stored.accessKeyId, stored.sessionToken], ["ASIASESSION2", "token2"]);

// Without a session and without anybody to ask, the client says so.
writeFileSync(
  join(home, ".aws", "credentials"),
  "[dev-long-term]\naws_access_key_id = AKIAX\naws_secret_access_key = x\naws_mfa_device = arn:aws:iam::123456789012:mfa/alice\n",
  { mode: 0o600 },
);
await assert.rejects(fromIni({ profile: "dev-auto", ignoreCache: true })(), /nobody can be asked for the MFA code here/);
console.log("The AWS SDK for JavaScript reads what aws-mfa hands over");
