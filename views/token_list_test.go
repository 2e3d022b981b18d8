package views_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/views"
)

// fullTable is a page of fifty tokens, each with two scopes and an end.
func fullTable() views.TokenTableProps {
	now := time.Date(2026, 11, 21, 20, 52, 0, 0, time.UTC)
	p := views.TokenTableProps{Caption: "API tokens", Reader: views.Reader{Now: now, Zone: time.UTC}, CanWrite: true, Columns: console.TokenColumns}
	for range console.DefaultPageSize {
		p.Tokens = append(p.Tokens, console.Token{
			GUID: console.NewGUID(), Type: console.TypeRepository, Name: "deploy pipeline", Scopes: []string{"DeleteEvents", "ReadAccess"},
			Repositories: []console.RepositoryRef{{GUID: console.NewGUID(), Name: "web-logs"}},
			CreatedAt:    now.AddDate(0, -3, 0), ValidTo: now.AddDate(0, 3, 0), UsedAt: now.Add(-time.Hour),
		})
	}
	return p
}

// rowLimit is what a row may weigh, in bytes: a page of a hundred is not to be
// felt on a slow line. allocationLimit is how often memory may be asked for to write it.
const rowLimit, allocationLimit = 3350, 18

// TestARowIsLight: what is added to a row is paid for fifty times on a page.
func TestARowIsLight(t *testing.T) {
	var page bytes.Buffer
	table := views.TokenTable(fullTable())
	allocations := testing.AllocsPerRun(10, func() {
		page.Reset()
		if err := table.Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > allocationLimit*console.DefaultPageSize {
		t.Errorf("%d rows take %.0f allocations, want at most %d for each", console.DefaultPageSize, allocations, allocationLimit)
	}
	rows := strings.Split(page.String(), `<tr role="row" id`)[1:]
	if weight := len(strings.Join(rows[1:len(rows)-1], "")) / (len(rows) - 2); len(rows) != console.DefaultPageSize || weight > rowLimit {
		t.Errorf("%d rows of %d bytes, want %d of at most %d", len(rows), weight, console.DefaultPageSize, rowLimit)
	}
}

// BenchmarkTokenTable tells what a page of fifty tokens weighs and takes to write.
func BenchmarkTokenTable(b *testing.B) {
	p := fullTable()
	var page bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		page.Reset()
		if err := views.TokenTable(p).Render(b.Context(), &page); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(page.Len())/float64(strings.Count(page.String(), "<tr role=\"row\" id")), "B/row")
}
