// SPDX-License-Identifier: Apache-2.0

// Package access knows who is calling: operators who sign in by a one-time
// link, API keys, and what each may do. Tokens are random 256-bit values shown
// once; only their SHA-256 is kept, so the store cannot be used to sign in.
//
// What it promises: a token is compared by the hash of the whole of it; a
// one-time link works once; a revoked key and a removed operator are refused at
// the next call.
//
// Where it is weak: there is no second factor yet, and an operator's mailbox is
// as good as the operator.
package access
