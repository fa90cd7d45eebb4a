# Completion of aws-mfa for bash: to be sourced, or a file of bash-completion.
# The candidates come from aws-mfa itself.

_aws_mfa() {
    local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} word head answer kind number i
    local -a words=() starts=()
    COMPREPLY=()
    # COMP_WORDS is split at characters such as = and :, too. What no space is between is one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if [[ $i -eq 0 || $line == [[:space:]]* ]]; then
            line=${line#"${line%%[![:space:]]*}"}
            starts+=("$i")
            words+=("")
        fi
        word=${COMP_WORDS[i]}
        # The last word ends at the cursor.
        ((i < COMP_CWORD)) || word=$line
        line=${line#"$word"}
        words[${#words[@]} - 1]+=$word
    done
    # bash replaces only the end of the word.
    word=${words[${#words[@]} - 1]}
    head=${word%"$2"}
    answer=$(AWS_MFA_COMPLETE=bash AWS_MFA_COMPLETE_HEAD=$head command aws-mfa -- "${words[@]}" 2>/dev/null) || return
    {
        read -r kind number
        while [[ $kind == values ]] && IFS= read -r word; do
            COMPREPLY+=("$word")
        done
    } <<<"$answer"
    case $kind in
        files) compopt -o default 2>/dev/null ;;
        command) _aws_mfa_command "${starts[number]}" "$2" ;;
    esac
}

# Completes the command line of another program, which begins at the word with the number $1.
_aws_mfa_command() {
    local word
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [[ $COMP_CWORD -eq $1 && $2 != */* ]]; then
        while IFS= read -r word; do
            printf -v word %q "$word"
            COMPREPLY+=("$word")
        done < <(compgen -c -- "$2")
    else
        compopt -o default 2>/dev/null
    fi
}

# Older ones can't keep the order, and complete no files from within a function.
complete -o nosort -F _aws_mfa aws-mfa 2>/dev/null || complete -o default -F _aws_mfa aws-mfa
