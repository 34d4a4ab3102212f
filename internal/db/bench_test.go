// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/lecito/lecito/internal/db"
)

// BenchmarkDurable measures acknowledged single-row writes by 256 callers.
func BenchmarkDurable(b *testing.B) {
	stores := map[string]db.Options{"sqlite": {Dir: b.TempDir()}}
	if schema := os.Getenv("LECITO_BENCH_SCHEMA"); schema != "" {
		stores["postgres"] = db.Options{URL: os.Getenv("LECITO_TEST_POSTGRES"), Schema: schema}
	}
	for name, o := range stores {
		d, err := db.Open(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = d.Close() })
		g := db.NewGroup(d, own, insert)
		for way, write := range map[string]func(id string) error{
			"write": func(id string) error { return d.Write(context.Background(), write(id)) },
			"group": func(id string) error {
				_, err := g.Do(context.Background(), id)
				return err
			},
		} {
			b.Run(name+"/"+way, func(b *testing.B) {
				var n atomic.Int64
				b.SetParallelism(128)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := write(fmt.Sprintf("%s-%d-%d", way, b.N, n.Add(1))); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}
