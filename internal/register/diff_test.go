// SPDX-License-Identifier: Apache-2.0

package register_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/sample"
)

// recorded is the record after a document was applied to nothing.
func recorded(doc *register.Document) []register.Record {
	var out []register.Record
	for _, d := range doc.Declarations() {
		if d.Version == 0 {
			d.Version = 1
		}
		out = append(out, register.Record{Declaration: d, Recorded: time.Unix(0, 0)})
	}
	return out
}

func TestDifferencesAreReadable(t *testing.T) {
	golden(t, "diff", func(t *testing.T, part func(string) []byte) string {
		var record []register.Record
		if before := part("before.yaml"); len(before) > 0 {
			record = recorded(parse(t, before))
		}
		changes, err := register.Diff(record, parse(t, part("after.yaml")))
		if err != nil {
			return err.Error() + "\n"
		}
		var b strings.Builder
		if err := changes.Text(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	})
}

func TestSameFileTwiceChangesNothing(t *testing.T) {
	doc := parse(t, sample.Bottega)
	changes, err := register.Diff(recorded(doc), doc)
	if err != nil || len(changes) != 0 {
		t.Errorf("got %v, %v", changes, err)
	}
}

func TestWhatCameBackIsANewVersion(t *testing.T) {
	doc := parse(t, sample.Bottega)
	record := recorded(doc)
	at := time.Unix(1, 0)
	for i := range record {
		if record[i].Kind == register.KindPurpose && record[i].ID == "events" {
			record[i].Retired = &at
		}
	}
	changes, err := register.Diff(record, doc)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 1 || changes[0].Effect != register.Returned || changes[0].Version != 2 {
		t.Errorf("got %+v", changes)
	}
}
