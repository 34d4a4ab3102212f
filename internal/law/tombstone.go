// SPDX-License-Identifier: Apache-2.0

package law

// What is read when a person is erased: how long a keyed hash of their contacts
// stays, so that no list brings them back. It ends, so that even the means to
// test a guess do not stay for ever.
const (
	TopicTombstone     = "tombstone"
	TombstoneObjectors = "objectors" // of those alone who had objected; else of everybody
)
