package console

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a file of tokens to be made.
const (
	ImportSize    = 1 << 20
	ImportRows    = BulkLimit
	ImportColumns = 64
	ImportName    = 200 // bytes
)

// ImportKept is how long an import is kept, to look at it and to go on with it.
const ImportKept = 7 * 24 * time.Hour

// ImportFields are the columns that say what a token is made from.
var ImportFields = []string{"name", "type", "repositories", "scopes", "valid_from", "valid_to", "owner", "ip_filter", "description"}

// Import is a file of tokens to be made. Its GUID makes it safe to repeat: each
// of its rows is at most one token.
type Import struct {
	GUID GUID
	// User is whose it is; of others it is not found.
	User      GUID
	File      string
	Content   []byte
	CreatedAt time.Time
}

// ImportRow is one row of such a file: what stands in it, by column.
type ImportRow struct {
	// Line is where it begins in the file.
	Line  int
	Cells map[string]string
	// Problem says why it can't be read, empty if it can.
	Problem string
}

// ImportLine is what is known of a row: what it would make, or has made.
type ImportLine struct {
	ImportRow
	New NewToken
	// Made is the token that it made; its GUID is empty before.
	Made Token
	// Problems are everything for which it makes none, by column.
	Problems Problems
}

// ImportSheet is a file as it was read.
type ImportSheet struct {
	Rows []ImportRow
	// Ignored are columns of an export that say nothing of new tokens.
	Ignored []string
}

// Rows reads the file. What is wrong with all of it is an error.
func (i Import) Rows() (ImportSheet, error) {
	sheet, problem := readSheet(i.Content)
	p := Problems{}
	p.Check(problem == "", "file", problem)
	return sheet, p.Err()
}

func readSheet(content []byte) (ImportSheet, string) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	switch {
	case len(content) > ImportSize:
		return ImportSheet{}, "The file is larger than 1 MiB."
	case !utf8.Valid(content) || bytes.ContainsRune(content, 0):
		return ImportSheet{}, "The file is no text in UTF-8. Spreadsheets save that as “CSV UTF-8”."
	}
	reader := csv.NewReader(bytes.NewReader(content))
	reader.FieldsPerRecord = -1
	reader.Comma = separator(content)
	columns, err := reader.Read()
	if err == nil && strings.HasPrefix(columns[0], "sep=") { // a word to spreadsheets
		columns, err = reader.Read()
	}
	if errors.Is(err, io.EOF) {
		return ImportSheet{}, "The file is empty."
	}
	if err != nil {
		return ImportSheet{}, unreadable(err)
	}
	sheet, problem := sheetOf(columns)
	for problem == "" {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return sheet, unreadable(err)
		}
		line, _ := reader.FieldPos(0)
		if strings.Join(cells, "") == "" {
			continue
		}
		if len(sheet.Rows) == ImportRows {
			return sheet, fmt.Sprintf("The file has more than %s. Divide it.", Count(ImportRows, "row"))
		}
		sheet.Rows = append(sheet.Rows, rowOf(line, columns, cells))
	}
	if problem == "" && len(sheet.Rows) == 0 {
		problem = "The file has no rows below its head."
	}
	return sheet, problem
}

// separator is what stands between cells: what the file says, or else the first
// of those that spreadsheets use which is in its head.
func separator(content []byte) rune {
	head, _, _ := bytes.Cut(content, []byte("\n"))
	for _, mark := range ",;\t" {
		if said, ok := bytes.CutPrefix(head, []byte("sep=")); ok && bytes.HasPrefix(said, []byte(string(mark))) || !ok && bytes.ContainsRune(head, mark) {
			return mark
		}
	}
	return ','
}

func unreadable(err error) string {
	if at, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Sprintf("Line %d is not CSV: a quotation mark is missing, or one too many.", at.Line)
	}
	return "The file is not CSV."
}

// sheetOf checks the head of a file, and puts its columns in their one spelling.
func sheetOf(columns []string) (ImportSheet, string) {
	var sheet ImportSheet
	if len(columns) > ImportColumns {
		return sheet, fmt.Sprintf("The file has %d columns. At most %d are read.", len(columns), ImportColumns)
	}
	for i, column := range columns {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(plainCell(column))), " ", "_")
		switch {
		case slices.Contains(columns[:i], name):
			return sheet, "Two columns are called " + shorten(name) + "."
		case slices.Contains(ImportFields, name):
		case slices.Contains(tokenColumns, name):
			sheet.Ignored = append(sheet.Ignored, name)
		default:
			return sheet, "There is no column “" + shorten(name) + "”. Columns are " + strings.Join(ImportFields, ", ") + "."
		}
		columns[i] = name
	}
	for _, name := range []string{"name", "scopes"} {
		if !slices.Contains(columns, name) {
			return sheet, "The column " + name + " is missing. The first line of the file names its columns."
		}
	}
	return sheet, ""
}

func rowOf(line int, columns, cells []string) ImportRow {
	row := ImportRow{Line: line, Cells: map[string]string{}}
	if len(cells) != len(columns) {
		row.Problem = fmt.Sprintf("The line has %s, and the head has %d.", Count(len(cells), "cell"), len(columns))
	}
	for i, column := range columns[:min(len(columns), len(cells))] {
		row.Cells[column] = strings.TrimSpace(plainCell(cells[i]))
	}
	return row
}

// plainCell is the text that csvCell wrote down: without the apostrophe that
// keeps it from being a formula.
func plainCell(text string) string {
	if strings.HasPrefix(text, "'") && isFormula(text) {
		return text[1:]
	}
	return text
}

// List are the names in a cell: between them are spaces or commas.
func (r ImportRow) List(column string) []string {
	return strings.FieldsFunc(r.Cells[column], func(c rune) bool { return strings.ContainsRune(" ,;\t\r\n", c) })
}

// Type is the type of token that r is about.
func (r ImportRow) Type() Type {
	text := strings.ReplaceAll(strings.ToLower(r.Cells["type"]), " ", "_")
	if text == "" {
		text = string(TypeRepository)
	}
	return Type(text)
}

// Read is what of the new token stands in r itself, made at now, with everything
// that is wrong with it: what others the row names is for whoever knows them.
func (r ImportRow) Read(now time.Time) (NewToken, Problems) {
	p := Problems{}
	p.Check(r.Problem == "", "line", r.Problem)
	n := NewToken{Type: r.Type(), Name: r.Cells["name"], Description: r.Cells["description"], Scopes: r.List("scopes")}
	p.Check(n.Type.Creatable(), "type", "Tokens of this type can’t be imported.")
	p.Check(n.Type == TypeRepository || len(r.List("repositories")) == 0, "repositories", "A token of this type belongs to no repository.")
	var ok bool
	n.ValidFrom, ok = ParseInstant(r.Cells["valid_from"])
	p.Check(ok, "valid_from", InstantForms+".")
	start := now
	if !n.ValidFrom.IsZero() {
		start = n.ValidFrom
	}
	n.ValidTo, ok = ParseEnd(r.Cells["valid_to"], start)
	p.Check(ok, "valid_to", InstantForms+LengthForms+".")
	return n, p
}

// Sound reports whether l makes, or has made, a token.
func (l ImportLine) Sound() bool { return len(l.Problems) == 0 }

// Sentences are what is wrong with l, each with the column that it is about.
func (l ImportLine) Sentences() []string {
	var all []string
	for _, column := range slices.Sorted(maps.Keys(l.Problems)) {
		if column == "" || column == "line" {
			all = append(all, l.Problems[column])
		} else {
			all = append(all, column+": "+l.Problems[column])
		}
	}
	return all
}

// ImportHead is what the file begins with that hands out the secrets of an
// import.
func ImportHead() []byte {
	return ExportCSV.head([]string{"line", "name", "type", "repositories", "valid_to", "guid", "token", "problem"})
}

// Secret is l as that file has it: with its secret, which is nowhere else, or
// why there is none.
func (l ImportLine) Secret(secret Secret) ([]byte, error) {
	made, text, problem := l.Made.Line(time.Time{}), "", strings.Join(l.Sentences(), " ")
	if !secret.IsZero() {
		text = secret.Reveal()
	}
	if made.GUID == "" {
		made.Name, made.Type = l.New.Name, l.New.Type
	}
	return csvRow([]string{
		fmt.Sprint(l.Line), made.Name, string(made.Type), strings.Join(made.Repositories, " "), made.ValidTo, string(made.GUID), text, problem,
	}), nil
}

// Rotatable reports whether l made a token that nobody has used yet, so that its
// secret may have been lost on its way.
func (l ImportLine) Rotatable(now time.Time) bool {
	return l.Made.GUID != "" && l.Made.UsedAt.IsZero() && !l.Made.Status(now).Final()
}
