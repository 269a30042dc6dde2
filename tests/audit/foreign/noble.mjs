// Checks the signature of a note with @noble/ed25519: node noble.mjs MODULE NOTE VKEY
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modulePath, notePath, vkeyPath] = process.argv.slice(2);
const ed25519 = await import(pathToFileURL(modulePath));
ed25519.hashes.sha512 = (message) => new Uint8Array(createHash("sha512").update(message).digest());

const [vkey] = readFileSync(vkeyPath, "utf8").split("\n");
const [name, keyHash] = vkey.split("+");
const key = Buffer.from(vkey.slice(name.length + keyHash.length + 2), "base64").subarray(1);
const note = readFileSync(notePath, "utf8");
const end = note.lastIndexOf("\n\n") + 1;
const text = Buffer.from(note.slice(0, end));

const holds = note.slice(end + 1).split("\n").some((line) => {
  const [dash, signer, written] = line.split(" ");
  if (dash !== "—" || signer !== name) return false;
  const signature = Buffer.from(written, "base64");
  return (
    signature.subarray(0, 4).toString("hex") === keyHash &&
    ed25519.verify(new Uint8Array(signature.subarray(4)), new Uint8Array(text), new Uint8Array(key))
  );
});
console.log(holds ? `signed by ${name}` : `no good signature of ${name}`);
process.exitCode = holds ? 0 : 1;
