// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit"
)

// childStore names, for a child process, the store it is to write to until
// it is killed.
const childStore = "LECITO_TEST_CHILD_STORE"

func TestMain(m *testing.M) {
	if o := os.Getenv(childStore); o != "" {
		fmt.Fprintln(os.Stderr, writeForEver([]byte(o)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver prints every id that was acknowledged.
func writeForEver(options []byte) error {
	var at struct{ Dir, URL, Schema string }
	if err := json.Unmarshal(options, &at); err != nil {
		return err
	}
	d, err := db.Open(context.Background(), db.Options{Dir: at.Dir, URL: at.URL, Schema: at.Schema})
	if err != nil {
		return err
	}
	g := db.NewGroup(d, own, insert)
	failed := make(chan error)
	for i := range 16 {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d-%d", i, n)
				err := d.Write(context.Background(), write("w"+id))
				if err == nil {
					_, err = g.Do(context.Background(), "g"+id)
				}
				if err != nil {
					failed <- err
					return
				}
				fmt.Printf("w%s\ng%s\n", id, id)
			}
		}()
	}
	return <-failed
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		at, err := json.Marshal(map[string]string{"Dir": env.Options.Dir, "URL": env.Options.URL, "Schema": env.Options.Schema})
		if err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childStore+"="+string(at))
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var acknowledged []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			acknowledged = append(acknowledged, lines.Text())
			if len(acknowledged) == 1000 {
				if err := child.Process.Kill(); err != nil {
					t.Error(err)
				}
			}
		}
		_ = child.Wait() // it was killed
		if len(acknowledged) < 1000 {
			t.Fatalf("got %d writes before the end", len(acknowledged))
		}
		there := stored(t, env.Reopen(t))
		for _, id := range acknowledged[:1000] {
			if _, found := slices.BinarySearch(there, id); !found {
				t.Errorf("%s was acknowledged and is lost", id)
			}
		}
	})
}
