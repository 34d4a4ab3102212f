// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lecito/lecito/evidence"
)

func TestClearanceMustAgreeWithItsEntry(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*evidence.Clearance)
		want  string
	}{
		"another output": {func(c *evidence.Clearance) { c.Cleared.Output = c.Cleared.Input }, "do not say the same"},
		"another who":    {func(c *evidence.Clearance) { c.Cleared.Who = "opr_2" }, "do not say the same"},
		"sums":           {func(c *evidence.Clearance) { c.Cleared.Permitted++ }, "do not add up"},
		"reasons":        {func(c *evidence.Clearance) { c.Cleared.Reasons = nil }, "do not add up"},
		"negative":       {func(c *evidence.Clearance) { c.Cleared.Reasons = map[string]int64{"a": 3, "b": -1} }, "out of range"},
		"short salt":     {func(c *evidence.Clearance) { c.Salt = "AAAA" }, "salt"},
		"digest":         {func(c *evidence.Clearance) { c.Cleared.Input.SHA256 = "AAAA" }, "digest of a list"},
		"purpose":        {func(c *evidence.Clearance) { c.Cleared.Purpose = "" }, "must be given"},
	} {
		l := newLog(t)
		clearance := sampleClearance(l)
		index := l.add("", evidence.KindClearance, clearance.Cleared)
		c.spoil(&clearance)
		_, err := evidence.NewClearance(clearance, l.signing(), l.open(index)[0])
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	l := newLog(t)
	if _, err := evidence.NewClearance(sampleClearance(l), l.signing(), l.open(0)[0]); err == nil {
		t.Error("an entry of another kind: got no error")
	}
}

func TestListWithEveryRowIsBoth(t *testing.T) {
	l := newLog(t)
	c := sampleClearance(l)
	c.Cleared.Output, c.Cleared.Permitted, c.Cleared.Rejected = c.Cleared.Input, 2, 0
	c.Cleared.Reasons = map[string]int64{"consent_given": 2}
	index := l.add("", evidence.KindClearance, c.Cleared)
	file, err := evidence.NewClearance(c, l.signing(), l.open(index)[0])
	v := verify(t, must(t, file, err), evidence.Options{List: strings.NewReader(listIn)})
	if !v.OK() || v.List != evidence.ListBoth {
		t.Errorf("got %s, %v", v.List, v.Problems)
	}
}

func TestUnreadableListIsAnErrorNotAVerdict(t *testing.T) {
	broken := errors.New("disk gone")
	_, err := evidence.Verify(clearanceFile(t), evidence.Options{List: iotest.ErrReader(broken)})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
