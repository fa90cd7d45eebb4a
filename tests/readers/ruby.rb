# The AWS SDK for Ruby, as a reader.
require "aws-sdk-core"
require "json"

$stdin.each_line do |line|
  question = JSON.parse(line)
  answer =
    begin
      keys = Aws::SharedCredentials.new(path: question["file"], profile_name: question["profile"]).credentials
      keys && [keys.access_key_id, keys.secret_access_key, keys.session_token]
    rescue StandardError
      nil
    end
  puts JSON.generate(answer)
end
