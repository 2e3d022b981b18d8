// Package console is the language of Latchkey: its nouns and its rules, with
// no machinery. It knows no database, no HTTP and no clock; whoever calls it
// brings the time.
//
// The words, as everywhere in the product:
//
//   - A Token is a record: GUID, name, type, scopes, validity, owner. It is not secret.
//   - A GUID is its public, permanent identifier. It is never a credential.
//   - A Secret is the text that proves possession. It is shown once.
//   - A token string is what a client sends: the GUID, "~", and the secret's text.
//   - A Scope is one thing that a token may do, from the Catalogue.
//   - A Repository is what repository tokens belong to; a view is a repository
//     that reads from others.
//   - A Status is computed from dates and now, and never stored.
//   - A Principal is whoever asks; the parameter that holds it is called actor.
//   - A Filter says what to list, a Patch what to change, New... what to create.
//   - A Page is one page of a list.
package console
