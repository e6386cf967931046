// Package wiretest has the documents that every fuzz test of a JSON reader starts
// from: what package wire reads itself, and the files that are read with it.
//
// It is not an API, and only tests import it.
package wiretest

// Seeds are documents at the edges of what JSON and encoding/json allow.
func Seeds() []string {
	return []string{
		``, ` `, `{}`, ` { } `, `null`, `[]`, `5`, `"x"`, `true`, "\xef\xbb\xbf{}", `{"a":1} x`, `{"a":1,}`, `{"a"}`, `{"plugins":`, `"\0`, `"\u12"`, `[tr `, "{\n\"a\": fals\x01", `-`,
		`{"plugins":{"iam":{"token":"id"}}}`, `{"Plugins":{"iam":{}},"plugins":{"iam@a.example":{"token":"id"}}}`,
		`{"plugins":{"iam":{"token":"id"}},"plugins":null,"PLUGINS":{"iam":{"token":"jwt"}}}`,
		`{"plugins":[],"credHelpers":{"a":"iam"}}`, `{"plugins":{"iam":null,"iam@h":[1,{"x":"}"}],"iam@i":"s"}}`,
		`{"credHelpers":{"a":"iam","a":5,"b":null,"\u0061":"x","c":"\ud800","d\\\"":"e"},"credsStore":"iam","CredſStore":"k"}`,
		`{"credsStore":"iam","credsstore":7}`, `{"credHelpers":true}`, "{\"credsStore\":\"\xff\u2028\"}", "{\"\xff\":\"a\",\"plugins\":{\"iam\\u0040h\":{\"token\":\"i\\u0064\"}}}",
		"\t{\r\n\"a\" : -1.5E+10 , \"b\":[[],{},\"]\"],\"credsStore\" :\"x\"}\n",
		`{"type":"authorized_user","client_id":"a","refresh_token":"b"}`,
		`{"type":"authorized_user","TYPE":null,"client_id":"a","Client_Id":"b","refresh_token":"\u0062"}`,
		`{"type":"service_account","client_email":"a@b","private_key_id":"c","token_uri":7}`,
		`{"type":"external_account","audience":"a","credential_source":{ "file" : "x\" y" },"service_account_impersonation_url":null}`,
		`{"type":"external_account","credential_source":null,"delegates":["a",null,5]}`,
		`{"type":"impersonated_service_account","delegates":["a","b"],"delegates":[null,"c"],"source_credentials":{"type":"authorized_user","client_id":"x"}}`,
		`{"type":"impersonated_service_account","delegates":null,"source_credentials":[]}`, `{"type":"impersonated_service_account"}`,
		`{"type":"\ud83d\ude00","universe_domain":"u","quota_project_id":"q"}`, `{"K":{"K":"{"},"tKpe":"x"}`,
	}
}
