package views

import "latchkey/internal/console"

// exportWords are the formats of exports with their icons.
var exportWords = []struct {
	format      console.ExportFormat
	icon, label string
}{
	{console.ExportCSV, "table", "CSV, for spreadsheets"},
	{console.ExportJSONL, "file-text", "JSON Lines, for programs"},
}

// exportFormID is the form that exports ticked tokens. It has no region: a file
// is no page.
const exportFormID = "export-form"

// boxForm is the form that the ticked rows of a list belong to.
func (p TokenTableProps) boxForm() string {
	if p.CanWrite {
		return bulkFormID
	}
	return exportFormID
}
