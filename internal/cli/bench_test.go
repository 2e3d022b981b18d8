package cli

import (
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/store/storetest"
)

// TestTheBenchmarkMeasuresEveryPage runs it small: each line has figures, and
// the filters that keep something are the same over HTTP and in SQL.
func TestTheBenchmarkMeasuresEveryPage(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		table := m.must("bench", "--tokens", "300", "--rounds", "1", "--brief", "--load", "1ms", "--plans")
		for _, filter := range []string{"none", "status expired", "name, common", "name, rare", "GUID part", "scope, rare", "repository", "current in a repository"} {
			if !strings.Contains(table, "\n| "+filter+" | ") {
				t.Errorf("no line for %q in\n%s", filter, table)
			}
		}
		if strings.Contains(table, "NaN") || strings.Contains(table, "| 0.00 | 0.00 |") {
			t.Errorf("there are figures of nothing in\n%s", table)
		}
		if !strings.Contains(table, "The database takes ") {
			t.Errorf("nothing tells how large the database is in\n%s", table)
		}
		if !strings.Contains(table, "status active, by active, last page:\n\n    ") || !strings.Contains(table, "tokens_phase_") {
			t.Errorf("no plan tells of an index in\n%.2000s", table)
		}
	})
}

// TestTheBenchmarkOfBulkChanges runs it small: it says how many were revoked, and
// has figures of before and meanwhile.
func TestTheBenchmarkOfBulkChanges(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		table := m.must("bench", "bulk", "--tokens", "2000", "--change", "200", "--presented", "3", "--duration", "200ms")
		for _, line := range []string{`\| verification( \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ ×){3} \|`, `\| first page of tokens( \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ ×){3} \|`, `\n(19|2)[0-9]{1,2} tokens revoked in `, `\n[0-9]+ times before and [0-9]+ meanwhile: first page of tokens\n`, `\nExactly once: `} {
			if !regexp.MustCompile(line).MatchString(table) {
				t.Errorf("no %s in\n%s", line, table)
			}
		}
	})
}

// TestTheBenchmarkBeside runs it small: everything beside verification is answered,
// and each has figures of verification alone and meanwhile.
func TestTheBenchmarkBeside(t *testing.T) {
	m := newMachine(t, storetest.SQLite(t))
	table := m.must("bench", "beside", "--tokens", "300", "--presented", "3", "--connections", "1", "--rounds", "1", "--duration", "100ms")
	if lines := regexp.MustCompile(`\n\| [^|]+( \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ ×){2} \| [0-9]+ \| 0 \|`).FindAllString(table, -1); len(lines) != 9 {
		t.Errorf("%d lines in\n%s", len(lines), table)
	}
}
