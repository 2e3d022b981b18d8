package views

import (
	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenImportFormProps is the page that takes a file of tokens to be made.
type TokenImportFormProps struct {
	// Problem is what is wrong with the file that was sent.
	Problem string
	// Kept are the reader's imports of the last days.
	Kept   []console.Import
	Reader Reader
}

// TokenImportProps is what a file of tokens would make, or made.
type TokenImportProps struct {
	Import console.Import
	Lines  []console.ImportLine
	// Ignored are the columns that say nothing of new tokens.
	Ignored []string
	Reader  Reader
}

func (p TokenImportProps) count(is func(console.ImportLine) bool) (n int) {
	for _, l := range p.Lines {
		if is(l) {
			n++
		}
	}
	return n
}

func (p TokenImportProps) made() int {
	return p.count(func(l console.ImportLine) bool { return l.Made.GUID != "" })
}

func (p TokenImportProps) unsound() int {
	return p.count(func(l console.ImportLine) bool { return !l.Sound() })
}

// todo is how many tokens are still to be made.
func (p TokenImportProps) todo() int { return len(p.Lines) - p.made() - p.unsound() }

func (p TokenImportProps) rotatable() int {
	return p.count(func(l console.ImportLine) bool { return l.Rotatable(p.Reader.Now) })
}

// unsoundText says what becomes of the rows that can't be imported.
func (p TokenImportProps) unsoundText() string {
	if p.todo() == 0 {
		return rowsText(p.unsound()) + " can’t be imported. Mend the file and upload it again."
	}
	return rowsText(p.unsound()) + " can’t be imported. Mend the file and upload it again, or leave them out."
}

// madeText says how many tokens the file has made.
func (p TokenImportProps) madeText() string {
	if p.made() == 1 {
		return "1 token of this file is there."
	}
	return tokensText(p.made()) + " of this file are there."
}

func rowsText(n int) string {
	if n == 1 {
		return "1 row"
	}
	return Number(n) + " rows"
}

func tokensText(n int) string {
	if n == 1 {
		return "1 token"
	}
	return Number(n) + " tokens"
}

// importState is what became of a line, or would.
func importState(l console.ImportLine) (string, ui.Tone) {
	switch {
	case l.Made.GUID != "":
		return "Made", ui.OK
	case !l.Sound():
		return "Can’t be made", ui.Bad
	}
	return "Ready", ui.Info
}

// end is when what a line makes ends; nothing if that can't be read.
func (p TokenImportProps) end(l console.ImportLine) string {
	if l.New.ValidTo.IsZero() {
		if _, unread := l.Problems["valid_to"]; unread {
			return ""
		}
		return "Never expires"
	}
	return p.Reader.Moment(l.New.ValidTo)
}

// importPlace is where a line's token belongs, as the file says it.
func importPlace(l console.ImportLine) string {
	if l.Made.GUID != "" {
		return belongsTo(l.Made)
	}
	if names := l.List("repositories"); len(names) > 0 {
		return Listing(names)
	}
	return l.New.Type.Label()
}
