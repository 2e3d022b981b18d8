package views

import (
	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// AuditProps is the page of the audit log.
type AuditProps struct {
	Filters AuditFiltersProps
	Table   AuditTableProps
}

// AuditFiltersProps is the form above the audit log.
type AuditFiltersProps struct {
	Text         string
	Actions      []ChoiceGroup
	ActionN      int
	Repository   string
	Repositories []ui.Option
	Period       string
	Periods      []ui.Option
	// From and To are days, for the period AuditDates.
	From, To string
	// Parts leaves out the parts of bulk changes.
	Parts Choice
	// OfJob is whether the parts of one are asked for; then there is no such choice.
	OfJob bool
	// Matches says how many events pass the filters.
	Matches string
}

// AuditDates is the period that lies between two days.
const AuditDates = "dates"

// ChoiceGroup is a heading with its choices.
type ChoiceGroup struct {
	Name    string
	Choices []Choice
}

// AuditTableProps is the region of the audit log that a filter swaps.
type AuditTableProps struct {
	Days   []AuditDay
	Reader Reader
	// State is what the filter form sends along without showing it.
	State []ui.Param
	Chips []FilterChip
	// Backwards is whether the days between which to look are the wrong way round.
	Backwards bool
	// Clear is the log without filters.
	Clear string
	Pager ui.CursorPagerProps
	// Exports are the addresses of the same log as a file.
	Exports map[console.ExportFormat]string
	// AllTime is the log without bounds of time, empty if it has none.
	AllTime string
}

// AuditDay is the events of one day, the newest first.
type AuditDay struct {
	Title  string
	Events []console.AuditEvent
}

// AuditRegionID is the element that holds an AuditTable.
const AuditRegionID = "audit-log"

// IntoAudit are the attributes of links that change the log in place.
func IntoAudit() templ.Attributes {
	return templ.Attributes{"hx-target": "#" + AuditRegionID, "hx-swap": "innerHTML show:top"}
}
