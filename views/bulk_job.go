package views

import (
	"cmp"
	"strings"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// BulkJobsProps is the list of bulk changes.
type BulkJobsProps struct {
	Jobs     []console.BulkJob
	Reader   Reader
	CanWrite bool
	Pager    ui.CursorPagerProps
}

// BulkJobProps is one of them.
type BulkJobProps struct {
	Job                 console.BulkJob
	Reader              Reader
	CanCancel, CanAudit bool
}

// bulkJobID is the element that tells how far a job is, bulkLiveID the one that
// hears of it.
const (
	bulkJobID  = "bulk-job"
	bulkLiveID = "bulk-live"
)

// bulkState is what a job is, in a word.
func bulkState(j console.BulkJob) (string, ui.Tone) {
	switch {
	case j.End == console.EndDone && j.Refused > 0:
		return "Done, with refusals", ui.Warn
	case j.End == console.EndDone:
		return "Done", ui.OK
	case j.End == console.EndCancelled:
		return "Cancelled", ui.Mute
	case j.End == console.EndStopped:
		return "Stopped", ui.Bad
	}
	return "Running", ui.Info
}

// bulkResult says in words how far a job is, or how it ended.
func bulkResult(j console.BulkJob) string {
	if !j.Gathered && !j.Finished() {
		return "Looking for the tokens that match."
	}
	if !j.Finished() {
		return Number(j.Worked()) + " of " + plural(j.Total, "token", "tokens") + " so far."
	}
	done := bulkWords[j.Request.Verb].done
	text := "No token was " + done + "."
	if j.Changed > 0 {
		text = plural(j.Changed, "token was ", "tokens were ") + done + "."
	}
	if j.Same > 0 {
		text += " " + Number(j.Same) + " stayed as " + itWas(j.Same) + "."
	}
	if j.Refused > 0 {
		text += " " + Number(j.Refused) + " could not be changed."
	}
	if j.End != console.EndDone && j.Left() > 0 {
		text += " " + Number(j.Left()) + " were left as they are."
	}
	return strings.TrimSpace(text + " " + j.Why)
}

// wordLabel is the heading of what was asked for.
func wordLabel(c console.Change) string { return fieldLabel(c.Field) }

// wordValue is what was asked for, in the console's words and the reader's zone.
func wordValue(c console.Change, r Reader) string {
	var label func(string) string
	switch strings.TrimPrefix(c.Field, "match_") {
	case "status":
		label = func(text string) string { return console.StatusFilter(text).Label() }
	case "types":
		label = func(text string) string { return console.Type(text).Label() }
	case "traits":
		label = func(text string) string { return console.Trait(text).Label() }
	default:
		return factText(c, r)
	}
	var labels []string
	for _, text := range strings.Fields(c.New) {
		labels = append(labels, cmp.Or(label(text), text))
	}
	return strings.Join(labels, ", ")
}

// about says in a line what a job was asked for.
func (p BulkJobsProps) about(j console.BulkJob) string {
	var about []string
	for _, word := range j.Words {
		about = append(about, wordLabel(word)+" "+wordValue(word, p.Reader))
	}
	return strings.Join(about, " · ")
}
