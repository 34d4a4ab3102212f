// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machine is what the figures were measured on.
type machine struct {
	CPU, Kernel, FileSystem, Go, Commit, Load string
	Cores                                     int
	Memory                                    int64 // bytes
	Now                                       time.Time
}

func thisMachine(dir string) machine {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Now: time.Now(), Load: loadAverage(), CPU: runtime.GOARCH, Commit: "unknown"}
	for line := range strings.Lines(read("/proc/cpuinfo")) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(name, "model name") {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	_, _ = fmt.Sscanf(read("/proc/meminfo"), "MemTotal: %d kB", &m.Memory) // 0 where the system does not tell
	m.Memory <<= 10
	m.Kernel = strings.TrimSpace(read("/proc/sys/kernel/osrelease"))
	m.FileSystem = fileSystem(dir)
	if out, err := exec.Command("git", "describe", "--always", "--dirty").Output(); err == nil { //nolint:noctx // it ends by itself
		m.Commit = strings.TrimSpace(string(out))
	}
	return m
}

func read(name string) string {
	raw, _ := os.ReadFile(name) // "" where the system does not tell
	return string(raw)
}

// loadAverage is how busy the machine was in the last minutes.
func loadAverage() string {
	fields := strings.Fields(read("/proc/loadavg"))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

func fileSystem(dir string) string {
	path, err := filepath.Abs(dir)
	if err != nil {
		return "unknown"
	}
	best, kind := "", "unknown"
	for line := range strings.Lines(read("/proc/mounts")) {
		f := strings.Fields(line)
		if len(f) > 3 && len(f[1]) >= len(best) && (f[1] == "/" || path == f[1] || strings.HasPrefix(path, f[1]+"/")) {
			best, kind = f[1], f[2]+" ("+f[3]+")"
		}
	}
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) == nil {
		kind += fmt.Sprintf(", %d GB free", int64(s.Bavail)*s.Bsize/1e9)
	}
	return kind
}

// Report is all of a run.
type Report struct {
	Machine   machine
	LoadAfter string
	Size      int
	Rows      int
	Pairs     int
	Load      time.Duration
	Began     time.Time
	Took      time.Duration
	Goes      int // it was cut off and taken up again that often, and once
	Results   []Result
	Charts    []Chart
	Command   string
}

// Markdown is the report as a page.
func (r Report) Markdown() string {
	var b strings.Builder
	m := r.Machine
	b.WriteString("# Figures\n\nWritten by `make bench`; not edited by hand. Both sides of a line were measured in turn in one run on one machine;\nthe figures are medians, and the ratio is product to peer.\n\n")
	long := r.Took.Round(time.Second).String()
	if r.Goes > 1 {
		long += fmt.Sprintf(" in %d goes", r.Goes)
	}
	fmt.Fprintf(&b, "| | |\n|---|---|\n| date | %s, %s long |\n| of | %s |\n| command | `%s` |\n", r.Began.UTC().Format("2006-01-02 15:04 UTC"), long, m.Commit, r.Command)
	fmt.Fprintf(&b, "| machine | %s, %d cores, %.1f GiB of memory, Linux %s |\n| file system | %s |\n", m.CPU, m.Cores, float64(m.Memory)/(1<<30), m.Kernel, m.FileSystem)
	fmt.Fprintf(&b, "| load average | %s before, %s after: of a quiet machine the first is near 0 |\n", m.Load, r.LoadAfter)
	fmt.Fprintf(&b, "| Go | %s |\n| peers | %s |\n| subjects | %d |\n| rows of a list | %d |\n| pairs | %d, each measurement under load %s |\n\n", m.Go, strings.Join(r.versions(), "; "), r.Size, r.Rows, r.Pairs, r.Load)
	b.WriteString("| line | what | against | product | peer | ratio | target | reached |\n|---|---|---|---|---|---|---|---|\n")
	for _, l := range r.Results {
		b.WriteString(l.row())
	}
	r.spread(&b)
	if len(r.Charts) > 0 {
		b.WriteString("\n## How cost grows\n\nThe product alone: at the size of this run the median above, at others of three. Both scales are logarithmic.\n")
		for _, c := range r.Charts {
			fmt.Fprintf(&b, "\n![%s](%s)\n\n%s\n", c.Title, c.File(), c.table())
		}
	}
	return b.String()
}

// versions are the notes of all lines that name a peer, each once, and those of
// libraries that are measured in this process.
func (r Report) versions() []string {
	var out []string
	for _, l := range r.Results {
		for _, n := range l.Notes {
			if strings.HasPrefix(n, "PostgreSQL") || strings.HasPrefix(n, "DuckDB") || strings.HasPrefix(n, "OPA") || strings.HasPrefix(n, "OpenFGA") {
				out = append(out, n)
			}
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if slices.Contains([]string{"github.com/RoaringBitmap/roaring/v2", "modernc.org/sqlite", "golang.org/x/mod", "github.com/jackc/pgx/v5"}, d.Path) {
				out = append(out, d.Path+" "+d.Version)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (r Result) row() string {
	if r.Failed != "" {
		return fmt.Sprintf("| %s | %s | %s | | | | %s | not measured, it failed: %s |\n", r.Name, r.What, r.Against, r.Target, strings.ReplaceAll(r.Failed, "|", "/"))
	}
	if r.Missing != "" {
		return fmt.Sprintf("| %s | %s | %s | | | | %s | not measured yet: %s |\n", r.Name, r.What, r.Against, r.Target, strings.ReplaceAll(r.Missing, "|", "/"))
	}
	product, peer, value := r.Figures()
	reached := "**no**"
	if r.Goal.Holds(value) {
		reached = "yes"
	}
	other, ratio := "", ""
	if len(r.Peer) > 0 {
		other, ratio = figure(peer)+" "+r.Unit, fmt.Sprintf("%.3g", value)
	}
	return fmt.Sprintf("| %s | %s | %s | %s %s | %s | %s | %s | %s |\n", r.Name, r.What, r.Against, figure(product), r.Unit, other, ratio, r.Target, reached)
}

// spread shows every measurement, so that a reader sees how steady they are.
func (r Report) spread(b *strings.Builder) {
	b.WriteString("\n## Every measurement\n\n| line | side | in the order measured |\n|---|---|---|\n")
	for _, l := range r.Results {
		for side, all := range [][]float64{l.Product, l.Peer} {
			if len(all) == 0 {
				continue
			}
			var text []string
			for _, v := range all {
				text = append(text, figure(v))
			}
			fmt.Fprintf(b, "| %s | %s | %s %s |\n", l.Name, []string{"product", "peer: " + l.Against}[side], strings.Join(text, ", "), l.Unit)
		}
	}
	for _, l := range r.Results {
		for _, n := range l.Notes {
			fmt.Fprintf(b, "\n%s: %s.\n", l.Name, n)
		}
	}
}

// figure writes a number with three digits that count, grouped by thousands.
func figure(v float64) string {
	if v >= 1000 || v <= -1000 {
		digits := fmt.Sprintf("%.0f", v)
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + " " + digits[i:]
		}
		return digits
	}
	return fmt.Sprintf("%.3g", v)
}
