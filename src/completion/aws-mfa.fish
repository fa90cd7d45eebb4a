# Completion of aws-mfa for fish: to be sourced, or a file of a completions folder.
# The candidates come from aws-mfa itself.

function __aws_mfa_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l typed (commandline --current-token --cut-at-cursor)
    set -l answer (env AWS_MFA_COMPLETE=fish aws-mfa -- $words "$typed" 2>/dev/null)
    set -l kind (string split ' ' -- $answer[1])
    set -e answer[1]
    switch "$kind[1]"
        case values
            string join \n -- $answer
        case files
            set -l head (string sub --length $kind[2] -- "$typed")
            set -l path (string sub --start (math $kind[2] + 1) -- "$typed")
            # fish completes paths for a program that it knows nothing of.
            for file in (complete -C "__fish_command_without_completions $path")
                echo -- $head$file
            end
        case command
            set -l command (string escape -- $words[(math $kind[2] + 1)..-1]) "$typed"
            complete -C (string join ' ' -- $command)
    end
end

complete -c aws-mfa -e
complete -c aws-mfa -f -k -a '(__aws_mfa_complete)'
