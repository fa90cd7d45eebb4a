// The AWS SDK for Go, as a reader.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var question struct{ File, Profile string }
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			panic(err)
		}
		found, err := config.LoadSharedConfigProfile(context.Background(), question.Profile,
			func(options *config.LoadSharedConfigOptions) {
				options.CredentialsFiles = []string{question.File}
				options.ConfigFiles = []string{}
			})
		if err != nil {
			answers.Encode(nil)
		} else {
			keys := found.Credentials
			answers.Encode([]string{keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken})
		}
	}
}
