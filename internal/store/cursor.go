package store

import (
	"encoding/base64"
	"encoding/json"
	"slices"

	"latchkey/internal/console"
)

// position is where a row stands in an order.
type position struct {
	Rank int    `json:"r,omitempty"`
	Text string `json:"t,omitempty"`
	Time int64  `json:"i,omitempty"`
	GUID string `json:"g"`
}

// key is the position's value in a column that is sorted by.
func (p position) key(column string) any {
	if column == nameColumn {
		return p.Text
	}
	return p.Time
}

// cursor says where a page begins or ends. It is given to people in links, so
// what comes back is not trusted: it can only choose a place in a list that
// its reader may see anyway.
type cursor struct {
	Sort       string   `json:"s"`
	Descending bool     `json:"d,omitempty"`
	From       position `json:"f"`
	// Before asks for the rows before From instead of those after it.
	Before bool `json:"b,omitempty"`
	// Offset is how many rows stood before the page that From is the edge of:
	// before From's page if Before, else up to and with From.
	Offset int `json:"o"`
}

// parseCursor returns nil for a cursor that is damaged or of another order:
// the list then begins at its start.
func parseCursor(text, sort string, descending bool) *cursor {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if text == "" || err != nil {
		return nil
	}
	var c cursor
	if json.Unmarshal(raw, &c) != nil || c.Sort != sort || c.Descending != descending || !console.PlainText(c.From.Text+c.From.GUID) {
		return nil
	}
	return &c
}

// A walk is how the rows of one page are read along an order.
type walk struct {
	sort       string
	descending bool
	request    console.PageRequest
	// cursor is nil without a sound one.
	cursor *cursor
	// from is the row to go on from, nil at either end of the list.
	from *position
	// backwards walks against the order.
	backwards bool
	// rows is how many to read: one more than the page shows.
	rows int
}

func newWalk(sort string, descending bool, request console.PageRequest) walk {
	return walk{sort: sort, descending: descending, request: request, rows: request.Rows() + 1}.goOn(parseCursor(request.Cursor, sort, descending))
}

// goOn is w from where c stands.
func (w walk) goOn(c *cursor) walk {
	w.cursor, w.from, w.backwards = c, nil, w.request.Last
	if c != nil && !w.request.Last {
		w.from, w.backwards = &c.From, c.Before
	}
	return w
}

// ascending reports how the statement walks: as ordered, or against it.
func (w walk) ascending() bool { return w.descending == w.backwards }

func (w walk) direction() string {
	if w.ascending() {
		return "ASC"
	}
	return "DESC"
}

// comparison is between a row and from.
func (w walk) comparison() string {
	if w.ascending() {
		return ">"
	}
	return "<"
}

// pageOf returns the rows that a page shows, in their order, of those that were
// read along w; and the page, of total rows in all, still without its items. A
// list that ends on the page is counted by that: total may be of a moment ago.
func pageOf[Item, Row any](w walk, rows []Row, at func(Row) position, total int) ([]Row, console.Page[Item]) {
	more := len(rows) == w.rows
	rows = rows[:min(len(rows), w.rows-1)]
	if w.backwards {
		slices.Reverse(rows)
	}
	if w.from == nil && !more {
		total = len(rows)
	}
	page := console.Page[Item]{Total: total, Offset: w.offset(len(rows), total)}
	if len(rows) == 0 {
		return rows, page
	}
	if w.backwards && more || !w.backwards && w.from != nil {
		page.Previous = w.edge(at(rows[0]), true, page.Offset)
	}
	if !w.backwards && more || w.backwards && w.from != nil {
		page.Next = w.edge(at(rows[len(rows)-1]), false, after(page.Offset, len(rows)))
	}
	return rows, page
}

func (w walk) edge(from position, before bool, offset int) string {
	text, err := json.Marshal(cursor{Sort: w.sort, Descending: w.descending, From: from, Before: before, Offset: offset})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// offset is the number of rows before a page of that many rows, in a list of
// total rows; -1 when nobody counted that far.
func (w walk) offset(rows, total int) int {
	switch {
	case w.request.Last && (total == console.Beyond || total == console.Uncounted):
		return -1
	case w.request.Last:
		return max(0, total-rows)
	case w.cursor == nil:
		return 0
	case w.cursor.Offset < 0:
		return -1
	case w.cursor.Before:
		return max(0, w.cursor.Offset-rows)
	}
	return max(0, w.cursor.Offset)
}

// after is the offset of the page after one of that many rows.
func after(offset, rows int) int {
	if offset < 0 {
		return -1
	}
	return offset + rows
}
