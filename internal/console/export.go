package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ExportFormat is a form in which what is listed can be taken along.
type ExportFormat string

// The formats.
const (
	ExportCSV   ExportFormat = "csv"
	ExportJSONL ExportFormat = "jsonl"
)

// ExportFormats are all of them.
var ExportFormats = []ExportFormat{ExportCSV, ExportJSONL}

// head is what an export with these columns begins with.
func (f ExportFormat) head(columns []string) []byte {
	if f == ExportCSV {
		return csvRow(columns)
	}
	return nil
}

// jsonLine is value as a line of JSON Lines. Nothing that somebody wrote into it
// moves a terminal's cursor or reorders its letters.
func jsonLine(value any) ([]byte, error) {
	text, err := asciiControls(value)
	return append(text, '\n'), err
}

// csvRow is a line of CSV, as RFC 4180 has it. Nothing in it moves a terminal's
// cursor, reorders its letters or is a formula to a spreadsheet.
func csvRow(cells []string) []byte {
	var row bytes.Buffer
	for i, cell := range cells {
		if i > 0 {
			row.WriteByte(',')
		}
		cell = csvCell(cell)
		if strings.ContainsAny(cell, "\",\r\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		row.WriteString(cell)
	}
	row.WriteString("\r\n")
	return row.Bytes()
}

// formulaStarts are the characters with which a text is a formula to some
// spreadsheet, or becomes one when the spreadsheet trims it.
const formulaStarts = "=+-@\t\r\n\x00＝＋－＠"

// isFormula reports whether text begins like a formula, also one that was made
// plain before.
func isFormula(text string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return first != utf8.RuneError && strings.ContainsRune(formulaStarts, first)
}

// csvCell is text that a spreadsheet takes for text, and a terminal, too.
func csvCell(text string) string {
	formula := isFormula(text)
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	var plain strings.Builder
	if formula {
		plain.WriteByte('\'')
	}
	for _, r := range text {
		if unsafeToShow(r) && r != '\n' && r != '\t' {
			fmt.Fprintf(&plain, `\u%04x`, r)
		} else {
			plain.WriteRune(r)
		}
	}
	return plain.String()
}

// asciiControls is value as JSON in which control characters are escaped, all
// of them and not only those of ASCII.
func asciiControls(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	line := bytes.TrimSuffix(text.Bytes(), []byte("\n"))
	if !bytes.ContainsFunc(line, unsafeToShow) {
		return line, nil
	}
	var plain bytes.Buffer
	for _, r := range string(line) {
		if unsafeToShow(r) {
			fmt.Fprintf(&plain, `\u%04x`, r)
		} else {
			plain.WriteRune(r)
		}
	}
	return plain.Bytes(), nil
}

// unsafeToShow reports whether r is a character that moves a cursor or changes
// the order in which others are read.
func unsafeToShow(r rune) bool { return unicode.IsControl(r) || Reorders(r) }

// reordering are the characters that set the direction of writing.
var reordering = []rune{
	'\u061c', '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069',
}

// Reorders reports whether r changes the order in which other characters are shown.
func Reorders(r rune) bool { return slices.Contains(reordering, r) }
