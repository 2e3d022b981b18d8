package console

import "slices"

// TokenColumn is a column of lists of tokens.
type TokenColumn string

// The columns that somebody may leave out, and the name, which always stays.
const (
	ColumnName    TokenColumn = "name"
	ColumnGUID    TokenColumn = "guid"
	ColumnStarts  TokenColumn = "starts"
	ColumnExpires TokenColumn = "expires"
	ColumnUsed    TokenColumn = "used"
)

// TokenColumns are those that may be left out, in their order.
var TokenColumns = []TokenColumn{ColumnGUID, ColumnStarts, ColumnExpires, ColumnUsed}

// Label is the column's head.
func (c TokenColumn) Label() string {
	switch c {
	case ColumnName:
		return "Name"
	case ColumnGUID:
		return "GUID"
	case ColumnStarts:
		return "Active from"
	case ColumnExpires:
		return "Expiration"
	}
	return "Last used"
}

// ChosenColumns are the columns of those names, each once and in their order;
// nil if there are no names, which is no choice. What is no column is left out.
func ChosenColumns(names []string) []TokenColumn {
	if len(names) == 0 {
		return nil
	}
	chosen := []TokenColumn{ColumnName}
	for _, column := range TokenColumns {
		if slices.Contains(names, string(column)) {
			chosen = append(chosen, column)
		}
	}
	return chosen
}
