// SPDX-License-Identifier: Apache-2.0

// Package evidence makes and checks the files that show a decision was lawful:
// certificates, receipts and clearances, and the checkpoints and proofs under
// them. A stranger checks them offline with this package alone; it also builds
// to WebAssembly and runs in a browser.
//
// How a file holds together, from the bottom up:
//
//	payload      the exact bytes of one fact or act, as it was recorded
//	commitment   SHA-256 over a label, a random salt and the payload
//	entry        33 bytes in the log: 0x01 and the commitment
//	checkpoint   the log's signed size and root; an inclusion proof leads from entry to root
//	statement    what the organisation says on top, signed by its statement key,
//	             whose public half is itself an entry of the log
//
// What it promises: a file of which one byte was changed does not verify, and
// the verdict says which part is wrong; every verdict tells apart what is
// proved (by hashes and proofs), what is attested (the organisation's signed
// word, refutable by a receipt) and what is merely stated (when something
// happened, according to whom).
//
// A decision is compared to the letter, with its explanation and its trace:
// whoever states another reason in words states another answer.
//
// Where it is weak: the sentences are those of lawful, so a sentence or a step
// that lawful changes is a new version of the format, or older certificates
// fail. What the law says is attested, not proved. Nothing here proves that an organisation recorded all it
// should have, that its clock was right, or that it shows everybody the same
// log; the last needs witnesses, the clock outside timestamps, and both sit at
// the checkpoint. A file signed by an unpinned key shows only that it is
// consistent with itself.
package evidence
