// SPDX-License-Identifier: Apache-2.0

package sample

// Browsers are the numbers of the site's visitors of a story told about so many people.
func Browsers(people int) []string {
	var out []string
	known := map[string]bool{}
	for _, a := range browsers(people / 5) {
		if d := a.choices.Subject.Device; !known[d] {
			known[d] = true
			out = append(out, d)
		}
	}
	return out
}
