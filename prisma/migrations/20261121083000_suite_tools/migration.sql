-- Whether a case offers tools, said beside what is sealed: one graded by tool calls cannot be asked without.
ALTER TABLE suite_input ADD COLUMN offers_tools boolean NOT NULL DEFAULT false;
