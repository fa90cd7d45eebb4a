# Evaluates a Homebrew formula with stand-ins for Homebrew's own words, for each system, and compares its checksums with the files.
require "digest"

module Hardware
  CPU = Struct.new(:arm) do
    def arm? = arm
    def intel? = !arm
  end.new(false)
end

class Formula
  class << self
    attr_reader :found

    def method_missing(name, *values, **) = (@found ||= {})[name] = values.first
    def respond_to_missing?(*) = true
    def on_macos = ($system == "macos" && yield)
    def on_linux = ($system == "linux" && yield)
    def test = nil
  end
end

path = ARGV.fetch(0)
%w[macos linux].product([true, false]).each do |system, arm|
  $system = system
  Hardware::CPU.arm = arm
  Object.send(:remove_const, :AwsMfa) if Object.const_defined?(:AwsMfa)
  load path
  found = AwsMfa.found
  file = File.join(File.dirname(path), File.basename(found.fetch(:url)))
  expected = "aws-mfa-#{system}-#{arm ? "aarch64" : "x86_64"}.tar.gz"
  raise "#{found[:url]} isn't #{expected}" unless File.basename(file) == expected
  raise "#{file}: another checksum" unless Digest::SHA256.file(file).hexdigest == found.fetch(:sha256)
  %i[desc homepage version license].each { |word| found.fetch(word) }
  raise "no install" unless AwsMfa.instance_methods(false).include?(:install)
end
puts "the formula's URLs and checksums are right"
