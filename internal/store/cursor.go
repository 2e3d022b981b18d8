package store

import (
	"encoding/base64"
	"encoding/json"

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
	if column == "name_folded" {
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

func newCursor(sort string, descending bool, from position, before bool, offset int) string {
	text, err := json.Marshal(cursor{Sort: sort, Descending: descending, From: from, Before: before, Offset: offset})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
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

// offset is the number of rows before a page of that many rows, in a list of
// total rows; -1 when nobody counted that far.
func offset(c *cursor, request console.PageRequest, rows, total int) int {
	switch {
	case request.Last && total > console.TotalLimit:
		return -1
	case request.Last:
		return max(0, total-rows)
	case c == nil:
		return 0
	case c.Offset < 0:
		return -1
	case c.Before:
		return max(0, c.Offset-rows)
	}
	return max(0, c.Offset)
}

// after is the offset of the page after one of that many rows.
func after(offset, rows int) int {
	if offset < 0 {
		return -1
	}
	return offset + rows
}
