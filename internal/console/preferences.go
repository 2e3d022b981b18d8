package console

// Preferences are how a person wants to see the console; empty is as the
// browser says.
type Preferences struct {
	// Theme is "light", "dark", or "system" for the same as the system.
	Theme string
	// Zone is the IANA name of a time zone.
	Zone string
	// Columns are those of lists of tokens; nil for all.
	Columns []TokenColumn
}

// PreferencesPatch says what to set; what is nil stays.
type PreferencesPatch struct {
	Theme, Zone *string
	Columns     []TokenColumn
}

// Validate reports a theme that there is not. Whether a zone exists is known to
// whoever has the zones.
func (p PreferencesPatch) Validate() error {
	problems := Problems{}
	problems.Check(p.Theme == nil || *p.Theme == "" || *p.Theme == "light" || *p.Theme == "dark" || *p.Theme == "system", "theme", "There is no such theme.")
	problems.Check(p.Zone == nil || len(*p.Zone) <= 64 && PlainLine(*p.Zone), "zone", "There is no such time zone.")
	return problems.Err()
}
