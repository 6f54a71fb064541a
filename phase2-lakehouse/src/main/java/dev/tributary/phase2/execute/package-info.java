/** Does one plan: prepare, admit, commit, account. */
package dev.tributary.phase2.execute;
