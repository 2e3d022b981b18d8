package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/console"
)

// plainWriter drops control characters and those that change the direction of
// writing, so that no name and no error text can move the cursor, ring, write
// to the terminal's title or read other than it is.
type plainWriter struct {
	mu sync.Mutex
	to io.Writer
	// rest is the beginning of a character whose end is still to be written.
	rest []byte
}

func (w *plainWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	end := len(text)
	for i := max(0, end-utf8.UTFMax+1); i < len(text); i++ {
		if utf8.RuneStart(text[i]) && !utf8.FullRune(text[i:]) {
			end = i
			break
		}
	}
	w.rest = append([]byte(nil), text[end:]...)
	plain := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || console.Reorders(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(text[:end]), "\ufffd"))
	if _, err := io.WriteString(w.to, plain); err != nil {
		return 0, err
	}
	return len(p), nil
}

// say writes to stdout what the command was asked for.
func (p *program) say(format string, args ...any) error {
	_, err := fmt.Fprintf(p.stdout, format, args...)
	return err
}

// sayJSON writes value on one line.
func (p *program) sayJSON(value any) error {
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// table aligns rows of cells that are separated by tabs.
func (p *program) table() *tabwriter.Writer { return tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0) }

// A list is a table whose head comes with its first row, or alone where there
// is none. Of what could not be listed there is no head. A long one is aligned and
// written in parts, so that it takes no more memory the longer it is.
type list struct {
	table *tabwriter.Writer
	head  []string
	rows  int
}

// listPart is how many rows of a list are aligned with each other.
const listPart = 1000

func (p *program) list(head ...string) *list { return &list{table: p.table(), head: head} }

func (l *list) row(cells ...string) error {
	err := errors.Join(l.begin(), row(l.table, cells...))
	if l.rows++; l.rows%listPart == 0 {
		err = errors.Join(err, l.table.Flush())
	}
	return err
}

func (l *list) begin() error {
	head := l.head
	l.head = nil
	if head == nil {
		return nil
	}
	return row(l.table, head...)
}

// end writes the list, which ended by err, if that is not nil.
func (l *list) end(err error) error {
	if err == nil {
		err = l.begin()
	}
	return errors.Join(err, l.table.Flush())
}

// row writes one row of a table.
func row(table io.Writer, cells ...string) error {
	for i, cell := range cells {
		cells[i] = strings.Join(strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' || r == '\t' }), " ")
	}
	_, err := fmt.Fprintln(table, strings.Join(cells, "\t"))
	return err
}

// instant is t as it is shown, or absent for the zero time.
func instant(t time.Time, absent string) string {
	if t.IsZero() {
		return absent
	}
	return t.UTC().Format(time.RFC3339)
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
