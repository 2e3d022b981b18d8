package web

import (
	"net/url"
	"slices"
	"time"

	"latchkey/internal/console"
	"latchkey/views"
)

// An auditQuery is the whole state of the audit log's page, as its address has
// it. Reading ignores what it does not know.
type auditQuery struct {
	text    string
	actions []console.Action
	// repository is a name.
	repository    string
	actor, target console.GUID
	// job is the bulk change that the entries are a part of.
	job console.GUID
	// alone leaves out the parts of bulk changes, unless those of one are asked for.
	alone bool
	// through is a personal token.
	through console.GUID
	period  string
	// from and to are days in the reader's zone, both included, for the period
	// between two days.
	from, to string
	page     console.PageRequest
}

// noParts leaves out the parts of bulk changes.
const noParts = "none"

// usualPeriod goes without saying.
const usualPeriod = "7d"

// auditPeriods are the lengths of time to look back; 0 is for ever.
var auditPeriods = []struct {
	value, label string
	length       time.Duration
}{
	{"24h", "Last 24 hours", 24 * time.Hour},
	{usualPeriod, "Last 7 days", 7 * 24 * time.Hour},
	{"30d", "Last 30 days", 30 * 24 * time.Hour},
	{"90d", "Last 90 days", 90 * 24 * time.Hour},
	{"all", "All time", 0},
	{views.AuditDates, "Between two days", 0},
}

func readAuditQuery(values url.Values) auditQuery {
	q := auditQuery{
		text: searchText(values.Get("q")), repository: searchText(values.Get("repository")), period: values.Get("period"),
		from: readDay(values.Get("from")), to: readDay(values.Get("to")), page: readPage(values),
	}
	for _, name := range values["action"] {
		if action := console.Action(name); slices.Contains(console.Actions, action) && !slices.Contains(q.actions, action) {
			q.actions = append(q.actions, action)
		}
	}
	q.actor, _ = console.ParseGUID(values.Get("actor"))
	q.target, _ = console.ParseGUID(values.Get("target"))
	q.job, _ = console.ParseGUID(values.Get("job"))
	q.alone = q.job == "" && values.Get("parts") == noParts
	q.through, _ = console.ParseGUID(values.Get("through"))
	if q.period == "" && q.from+q.to != "" {
		q.period = views.AuditDates
	}
	if q.periodLabel() == "" {
		q.period = usualPeriod
	}
	if q.period != views.AuditDates {
		q.from, q.to = "", ""
	}
	return q
}

// periodLabel is the period in words; empty for none of those that there are.
func (q auditQuery) periodLabel() string {
	for _, period := range auditPeriods {
		if period.value == q.period {
			return period.label
		}
	}
	return ""
}

// values writes an address: what goes without saying is left out.
func (q auditQuery) values() url.Values {
	v := url.Values{}
	set(v, "q", q.text)
	for _, action := range q.actions {
		v.Add("action", string(action))
	}
	set(v, "repository", q.repository)
	set(v, "actor", string(q.actor))
	set(v, "target", string(q.target))
	set(v, "job", string(q.job))
	if q.alone {
		set(v, "parts", noParts)
	}
	set(v, "through", string(q.through))
	if q.period != usualPeriod {
		set(v, "period", q.period)
	}
	set(v, "from", q.from)
	set(v, "to", q.to)
	writePage(v, q.page)
	return v
}

func (q auditQuery) address() string { return withQuery(views.AuditPath(), q.values()) }

// first is the same log from its newest entry.
func (q auditQuery) first() auditQuery {
	q.page = console.PageRequest{Size: q.page.Size}
	return q
}

// between makes the period lie between two days; without any it is the usual one.
func (q *auditQuery) between(from, to string) {
	q.from, q.to = from, to
	if from+to == "" {
		q.period = usualPeriod
	}
}

// filter is what the query asks of the service.
func (q auditQuery) filter(repository console.GUID, r views.Reader) console.AuditFilter {
	f := console.AuditFilter{Text: q.text, Actions: q.actions, Actor: q.actor, Target: q.target, Parent: q.job, Alone: q.alone, Through: q.through, Repository: repository}
	for _, period := range auditPeriods {
		if period.value == q.period && period.length > 0 {
			f.From = r.Now.Add(-period.length)
		}
	}
	if day, err := time.ParseInLocation(views.DayLayout, q.from, r.Zone); err == nil {
		f.From = day
	}
	if day, err := time.ParseInLocation(views.DayLayout, q.to, r.Zone); err == nil {
		f.To = day.AddDate(0, 0, 1)
	}
	return f
}
