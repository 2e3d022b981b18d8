package web_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/cli"
	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web/webtest"
)

// An act is one thing to do to a token, as each surface asks for it.
type act struct {
	name    string
	verb    func(context.Context, *service.Service, console.Principal, console.Token) error
	command func(console.Token) []string
	form    func(*webtest.Visitor, console.Token) webtest.Form
}

// A surface does an act to a token and answers in the console's words.
type surface struct {
	name string
	do   func(act, console.Token) console.Code
}

// What every act says, and what is wrong with those that are unsound.
const (
	newDescription = "What it became"
	takenName      = "taken"
	why            = "leaked"
)

var tooLong = strings.Repeat("x", console.ReasonLimit+1)

// acts are the verbs that change a token, sound and unsound.
func acts(now time.Time) []act {
	past := now.Add(-24 * time.Hour)
	return []act{
		editing("edit", "--description", newDescription, console.TokenPatch{Description: new(newDescription)}, "description"),
		editing("edit without a name", "--name", "", console.TokenPatch{Name: new("")}, "name"),
		editing("edit to a taken name", "--name", takenName, console.TokenPatch{Name: new(takenName)}, "name"),
		editing("edit with an unknown scope", "--scope", "Fly", console.TokenPatch{Scopes: &[]string{"Fly"}}, "scopes"),
		outdated(editing("edit of an older version", "--description", newDescription, console.TokenPatch{Description: new(newDescription)}, "description")),
		revoking("revoke", why),
		revoking("revoke for too many reasons", tooLong),
		disabling("disable", time.Time{}),
		disabling("disable until a time that has passed", past),
		{
			name: "enable",
			verb: func(ctx context.Context, svc *service.Service, by console.Principal, t console.Token) error {
				_, err := svc.EnableToken(ctx, by, "", t.GUID)
				return err
			},
			command: func(t console.Token) []string { return []string{"token", "enable", string(t.GUID)} },
			form: func(v *webtest.Visitor, t console.Token) webtest.Form {
				return filled(v, views.ResumptionPath("", t.GUID), url.Values{})
			},
		},
		deleting("delete with its name", func(t console.Token) string { return t.Name }),
		deleting("delete without its name", func(console.Token) string { return "" }),
	}
}
