// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/lawful"
)

const answers = "testdata/answers.txt"

// TestAnswersStayAsTheyAre asks made-up questions about made-up people, always
// the same ones, and holds all of each answer but its words to a digest. It does
// not say which answer is right: the cases, the tables and the naive reading do.
// It says that a change of the code changed one, and which: whoever means to
// change answers looks at those and writes the file anew with -update.
func TestAnswersStayAsTheyAre(t *testing.T) {
	want, err := os.ReadFile(answers)
	if err != nil && !*update {
		t.Fatal(err)
	}
	lines := strings.Split(string(want), "\n")
	var out strings.Builder
	for seed := range uint64(8000) {
		d := draw(seed)
		rules, person, q := d.rules(), d.person(), d.question()
		answer := lawful.Decide(rules, person, q)
		q.Explain = false
		short := lawful.Decide(rules, person, q)
		if short.Reason != answer.Reason || short.Rule != answer.Rule || short.Permitted != answer.Permitted || short.Basis != answer.Basis {
			t.Fatalf("%d: unexplained it is %s (%s), explained %s (%s)\n%+v", seed, short.Reason, short.Rule, answer.Reason, answer.Rule, person)
		}
		alone, undeclared := lawful.Undeclared(rules, q)
		if undeclared && alone.Permitted || undeclared != slices.Contains(questionReasons, answer.Reason) && !undeclared {
			t.Fatalf("%d: the question alone gives %s, the whole %s", seed, alone.Reason, answer.Reason)
		}
		q.Explain = true
		part := rules.For(q, person)
		if got := lawful.Decide(part, person, q); !reflect.DeepEqual(got, answer) {
			t.Fatalf("%d: the part of the rules gives %+v, all of them %+v", seed, got, answer)
		}
		got := fmt.Sprintf("%d %s %s", seed, answer.Reason, digest(t, answer, alone.Reason, carried(part)))
		if line := lines[min(seed, uint64(len(lines)-1))]; got != line && !*update {
			t.Fatalf("got %q; it should differ from %q only on purpose\n%+v", got, line, answer)
		}
		out.WriteString(got + "\n")
	}
	if *update {
		if err := os.WriteFile(answers, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var questionReasons = []lawful.Reason{
	lawful.ReasonPurposeUnknown, lawful.ReasonPurposeRetired, lawful.ReasonChannelNotDeclared, lawful.ReasonOperationNotDeclared,
	lawful.ReasonDataNotDeclared, lawful.ReasonContentNotDeclared, lawful.ReasonRecipientNotDeclared, lawful.ReasonContractMissing,
}

// digest is short: another answer has the same one once in a million.
func digest(t *testing.T, answer lawful.Decision, more ...any) string {
	t.Helper()
	answer.Explanation = ""
	for i := range answer.Trace {
		s := &answer.Trace[i]
		s.Text, s.Source, s.Assurance = "", "", "" // as the packs say
	}
	text, err := json.Marshal(append(more, answer))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))[:5]
}

// carried lists what a part of the rules holds.
func carried(part *lawful.Rules) string {
	text := fmt.Sprint(slices.Sorted(maps.Keys(part.Purposes)), slices.Sorted(maps.Keys(part.Sources)), slices.Sorted(maps.Keys(part.Notices)),
		slices.Sorted(maps.Keys(part.Recipients)), slices.Sorted(maps.Keys(part.Balancing)))
	for _, place := range slices.Sorted(maps.Keys(part.Law)) {
		text += " " + place + " " + part.Law[place].Base
		for _, topic := range slices.Sorted(maps.Keys(part.Law[place].Rules)) {
			versions := part.Law[place].Rules[topic]
			text += fmt.Sprint(" ", topic, len(versions), len(versions[0].Text), versions[0].Key)
		}
	}
	return text
}
